import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import * as proto from '../index.ts';

const folder = join(import.meta.dirname, '../../golden');

/** Every message that travels; a new one needs a row here and a recorded file. */
const schemas: Record<string, z.ZodType> = {
  SubmitJob: proto.SubmitJob,
  CancelJob: proto.CancelJob,
  Schedule: proto.Schedule,
  ScheduleRan: proto.ScheduleRan,
  PauseJob: proto.PauseJob,
  RequeueJob: proto.RequeueJob,
  DeadChunk: proto.DeadChunk,
  ResumeJob: proto.ResumeJob,
  TimerDue: proto.TimerDue,
  ComputeLease: proto.ComputeLease,
  LeaseComputed: proto.LeaseResult,
  LeaseFailed: proto.LeaseResult,
  LeaseProgress: proto.LeaseProgress,
  DeleteJob: proto.DeleteJob,
  JobDeletion: proto.JobDeletion,
  CancelLeases: proto.CancelLeases,
  DrainWorker: proto.DrainWorker,
  LogLine: proto.LogLine,
  AnsweredLeases: proto.AnsweredLeases,
  JobView: proto.JobView,
  JobFinished: proto.JobFinished,
  QueryHistory: proto.QueryHistory,
  HistoryPage: proto.HistoryPage,
  QueryKeptJob: proto.QueryKeptJob,
  KeptJob: proto.KeptJob,
  QueryStatistics: proto.QueryStatistics,
  FinishedStatistics: proto.FinishedStatistics,
  QueryTrends: proto.QueryTrends,
  JobTrends: proto.JobTrends,
  WorkerHeartbeat: proto.WorkerHeartbeat,
  CoordinatorHeartbeat: proto.CoordinatorHeartbeat,
  KindRegistration: proto.KindRegistration,
  PaceState: proto.PaceState,
  QueueStats: proto.QueueStats,
  InputRecord: proto.InputRecord,
  ResultsRecord: proto.ResultsRecord,
  FileRecord: proto.FileRecord,
  ResultSegment: proto.ResultSegment,
};

describe('recorded messages', () => {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));

  it.each(files)('%s still decodes, to the same bytes', (file) => {
    const name = file.split('.')[0] ?? '';
    const schema = schemas[name];
    expect(schema, `no schema named ${name}`).toBeDefined();
    const recorded = readFileSync(join(folder, file), 'utf8').trim();
    const bytes = new TextEncoder().encode(recorded);
    const message = schema === proto.LeaseResult ? proto.decodeResult(bytes) : proto.decode(schema!, bytes);
    // What is carried unread stands at the end, or where the schema has it.
    expect(JSON.parse(new TextDecoder().decode(proto.encode(message)))).toEqual(JSON.parse(recorded));
  });

  it('has one recorded file of every message', () => {
    const recorded = new Set(files.map((file) => file.split('.')[0]));
    expect(Object.keys(schemas).filter((name) => !recorded.has(name))).toEqual([]);
  });

  it('refuses what is not JSON, and what is another message', () => {
    expect(() => proto.decode(proto.SubmitJob, new TextEncoder().encode('{'))).toThrow(/not JSON/);
    expect(() => proto.decode(proto.SubmitJob, new TextEncoder().encode('{"v":1,"type":"CancelJob"}'))).toThrow(/type/);
  });

  it('refuses a message of a later version instead of guessing', () => {
    const submit = JSON.parse(readFileSync(join(folder, 'SubmitJob.v1.json'), 'utf8')) as object;
    expect(() => proto.decode(proto.SubmitJob, proto.encode({ ...submit, v: 2 }))).toThrow(/^v:/);
  });

  it('refuses a job with fewer chunks than none or more than the limit', () => {
    const submit = JSON.parse(readFileSync(join(folder, 'SubmitJob.v1.json'), 'utf8')) as object;
    expect(() => proto.decode(proto.SubmitJob, proto.encode({ ...submit, chunks: -1 }))).toThrow(/chunks/);
    expect(() => proto.decode(proto.SubmitJob, proto.encode({ ...submit, chunks: proto.limits.chunkCountMax + 1 }))).toThrow(
      /chunks/,
    );
  });
});
