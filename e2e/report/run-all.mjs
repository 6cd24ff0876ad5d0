/**
 * Runs every check and test of the repository as nx targets and adds the numbers up: the command behind `npm test`.
 *
 * Invariant: the last line is `N passed, N failed`, and the exit code is 0 only when nothing failed, every target ran and
 * the line coverage of libs and services is at least 90 %.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { relative, resolve } from 'node:path';

const LINE_COVERAGE_MIN = 90;
const root = resolve(import.meta.dirname, '../..');
const runners = ['unit', 'long', 'integration', 'e2e'];

rmSync(resolve(root, '.reports'), { recursive: true, force: true });

const broken = [];
const took = [];
for (const target of ['lint', ...runners]) {
  console.log(`\n── ${target} ${'─'.repeat(Math.max(0, 76 - target.length))}`);
  const beganMs = performance.now();
  const nx = createRequire(import.meta.url).resolve('nx/bin/nx.js', { paths: [root] });
  const run = spawnSync(process.execPath, [nx, 'run', `manyhands:${target}`, '--outputStyle=static'], {
    cwd: root,
    stdio: 'inherit',
  });
  took.push(`${target} ${Math.round((performance.now() - beganMs) / 1_000)} s`);
  if (run.status !== 0) {
    broken.push(target);
    console.error(`${target} failed`);
  }
}

let passed = 0;
let failed = 0;
for (const runner of runners) {
  try {
    const report = JSON.parse(readFileSync(resolve(root, `.reports/${runner}.json`), 'utf8'));
    passed += report.numPassedTests;
    failed += report.numFailedTests + report.numFailedTestSuites * (report.numFailedTests === 0 ? 1 : 0);
    console.log(`${runner}: ${report.numPassedTests} passed, ${report.numFailedTests} failed of ${report.numTotalTests}`);
    tellSkipped(report);
    tellTroubles(report);
    failed += tellStrayErrors(runner);
    console.log(`  longest: ${longest(report).join(', ')}`);
  } catch {
    console.error(`${runner}: left no report`);
    failed += 1;
  }
}

const lines = lineCoverage(['unit', 'integration']);
console.log(`line coverage of proto, libs and services: ${lines.toFixed(1)} % (at least ${LINE_COVERAGE_MIN} %)`);
if (lines < LINE_COVERAGE_MIN) broken.push('line coverage');

console.log(`time: ${took.join(', ')}`);

if (broken.length > 0) console.log(`failed: ${broken.join(', ')}`);
if (failed === 0) failed = broken.length;
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

/** Names what did not run because something that it needs is missing here. */
function tellSkipped({ testResults }) {
  for (const { name, assertionResults } of testResults) {
    const skipped = assertionResults.filter(({ status }) => status === 'skipped' || status === 'pending');
    const titles = skipped.flatMap(({ ancestorTitles, title }) => [...ancestorTitles, title]);
    for (const title of new Set(titles.filter((one) => one.includes('(skipped'))))
      console.log(`  ${relative(root, name)}: ${title}`);
  }
}

/** Names each test that failed, and each that passed only at its second try: the end of a long log is all that some people see. */
function tellTroubles(report) {
  for (const file of report.testResults) {
    const name = relative(root, file.name);
    if (file.message) console.log(`  failed: ${name}\n    ${firstLines(file.message)}`);
    for (const test of file.assertionResults) {
      if (test.failureMessages.length === 0) continue;
      console.log(
        `  ${test.status === 'passed' ? 'passed at the second try' : test.status}: ${name}: ${test.fullName}\n    ${firstLines(test.failureMessages[0])}`,
      );
    }
  }
}

/** Names what failed outside every test; returns how much it was. */
function tellStrayErrors(runner) {
  const noted = resolve(root, `.reports/${runner}.stray.json`);
  if (!existsSync(noted)) return 0;
  const errors = JSON.parse(readFileSync(noted, 'utf8'));
  for (const error of errors) console.log(`  failed outside every test:\n    ${firstLines(error)}`);
  return errors.length;
}

/** The files that took the most time, so that one that has become slow is seen. */
function longest({ testResults }) {
  return testResults
    .map(({ name, startTime, endTime }) => ({ name: relative(root, name), sec: Math.round((endTime - startTime) / 1_000) }))
    .sort((a, b) => b.sec - a.sec)
    .slice(0, 8)
    .map(({ name, sec }) => `${name} ${sec} s`);
}

function firstLines(message) {
  return message.split('\n').slice(0, 4).join('\n    ');
}

/** Percentage of lines that at least one of these runs went through. */
function lineCoverage(names) {
  const { createCoverageMap } = createRequire(import.meta.url)('istanbul-lib-coverage');
  const map = createCoverageMap({});
  for (const name of names) {
    try {
      map.merge(JSON.parse(readFileSync(resolve(root, `.reports/coverage-${name}/coverage-final.json`), 'utf8')));
    } catch {
      console.error(`${name}: left no coverage`);
    }
  }
  return Number(map.getCoverageSummary().lines.pct) || 0;
}
