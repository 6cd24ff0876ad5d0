import { expect, test } from 'vitest';
import { headingOf, withFirstSight } from './first-sight.ts';

test('a heading and what follows are shown where the component has them', () => {
  const source = `<script>let heading;</script>
<svelte:head><title>Failures</title></svelte:head>
<Notice>Not yet</Notice>
<div class="wide"><div><h1 bind:this={heading} tabindex="-1" class="big">Failures &amp; more</h1>
  <p class="small">
    Of all jobs.
    Live.
  </p>
</div></div>`;
  expect(headingOf(source)).toBe(
    '<div class="wide"><div class=""><h1 class="big">Failures &amp; more</h1><p class="small">Of all jobs. Live.</p></div></div>',
  );
});

test.each([
  [
    'what is fixed of a sentence',
    '<h1>Jobs</h1><p>Newest first.{more} Kept.</p>',
    '<h1 class="">Jobs</h1><p class="">Newest first.</p>',
  ],
  ['no sentence that begins with what is not', '<h1>Account</h1><p> {name} is in</p>', '<h1 class="">Account</h1>'],
  ['no other element that follows', '<h1>New job</h1><section>Form</section>', '<h1 class="">New job</h1>'],
  ['no heading that is not fixed', '<h1>Job {name}</h1><p>Sentence</p>', ''],
  ['no heading that may not be shown', '{#if open}<h1>Closed</h1>{/if}<p>Sentence</p>', ''],
  ['nothing of a page without a heading', '<Landing />', ''],
])('it is %s', (_, source, heading) => {
  expect(headingOf(source)).toBe(heading);
});

test('a page shows it before its program, in whatever words', () => {
  const page = withFirstSight('<head></head>\n<body>program</body>', '<h1>$& $1</h1>', '<svg></svg>');
  expect(page).toMatch(
    /^<head><\/head>\n<body>\s+<div id="first-sight".*aria-hidden="true">[^]*<svg><\/svg>[^]*<h1>\$& \$1<\/h1>[^]*program<\/body>$/,
  );
});
