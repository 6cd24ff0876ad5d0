import fs from 'node:fs';
import { startNatsServer } from '/work/main/libs/testkit/src/index.ts';
import { openBroker, provision, createOutbox, openBucket } from '@manyhands/jetstream';
import { encode, decode, JobView, mailboxSubjects, newJobId, keys, isFinal } from '@manyhands/proto';
import { startFakeWorker } from './dist/fake-worker.fixture.js';
import { spawn } from 'node:child_process';
const server = await startNatsServer();
const broker = await openBroker({ url: server.url, name: 'bench' });
await provision(broker);
const outbox = createOutbox(broker);
const jobs = await openBucket(broker, 'jobs');
const workers = await openBucket(broker,'workers');
await workers.put('w', encode({v:1,type:'WorkerHeartbeat',worker:'w',host:'h',pid:1,kinds:['sum'],slots:4,busy_slots:0,leases:[],leases_done:0,chunks_done:0,chunks_failed:0,memory_mb:1,started_at:new Date().toISOString(),beat_at:new Date().toISOString(),draining:false}), {ttlMs: 600000});
const start = () => spawn(process.execPath, ['/work/main/services/coordinator/dist/main.js'], { env: { ...process.env, NATS_URL: server.url }, stdio: 'inherit' });
let child = start();
const wb = await openBroker({ url: server.url, name: 'w' });
await startFakeWorker({ broker: wb, outbox: createOutbox(wb), kind: 'sum' }, ({ task }) => task.op === 'compute' ? { type: 'LeaseComputed', partial: task.end - task.begin, compute_ms: 0.01 * (task.end-task.begin) } : { type: 'LeaseComputed', partial: task.inputs.reduce((s, i) => s + i.partial, 0) });
const done = new Map(); let finals = 0, writes = 0;
await jobs.watch('>', { entry: (e) => { if (!e.value) return; writes++; const v = JSON.parse(new TextDecoder().decode(e.value)); if (isFinal(v.status)) { finals++; done.get(v.job_id)?.(v); } } });
const submit = (chunks) => { const id = newJobId(); const p = new Promise((r) => done.set(id, r)); return { id, p, go: outbox.publishAll([{ subject: mailboxSubjects.submit(id), data: encode({ v: 1, type: 'SubmitJob', job_id: id, tenant: 'local', kind: 'sum', params: { n: 1 }, chunks, lane: 'normal', on_dead_chunk: 'fail', submitted_at: new Date().toISOString() }), messageId: id, expectLastSubjectSequence: 0 }]) }; };
await submit(8).p;
const lat = [];
for (let i = 0; i < 40; i++) { const t = performance.now(); const s = submit(8); await s.p; lat.push(performance.now() - t); }
lat.sort((a, b) => a - b); console.log('8-chunk p50', lat[20].toFixed(1), 'p99', lat[38].toFixed(1));
for (const n of [100]) { const t = performance.now(); const all = Array.from({ length: n }, () => submit(8)); const vs = await Promise.all(all.map((s) => s.p)); console.log(n, 'jobs', (n / ((performance.now() - t) / 1000)).toFixed(0), '/s', vs.every((v) => v.result === 8 && v.status === 'completed')); }

const cpu=(pid)=>{const f=fs.readFileSync('/proc/'+pid+'/stat','utf8').split(' ');return (Number(f[13])+Number(f[14]))*10};
const nats = fs.readdirSync('/proc').filter(p=>/^\d+$/.test(p)).find(p=>{try{return fs.readFileSync('/proc/'+p+'/status','utf8').includes('PPid:\t'+process.pid+'\n')&&fs.readFileSync('/proc/'+p+'/comm','utf8').startsWith('nats')}catch{return false}});
const c0=cpu(child.pid), n0=cpu(nats), m0=process.cpuUsage(), w0=writes, t0=performance.now();
const si=async()=>Object.fromEntries(await Promise.all(['MAILBOX','WORK','EVENTS','KV_jobs','KV_job_state'].map(async n=>[n,(await broker.manager.streams.info(n)).state.last_seq])));
const s0=await si();
await Promise.all(Array.from({length:200},()=>submit(8).p));
const s1=await si();
console.log('200 jobs ms', (performance.now()-t0).toFixed(0), 'cpu ms coord', cpu(child.pid)-c0, 'nats', cpu(nats)-n0, 'bench+worker', process.cpuUsage(m0), 'msgs per job', Object.fromEntries(Object.keys(s0).map(k=>[k,(s1[k]-s0[k])/200])));
child.kill('SIGTERM'); await new Promise((r) => child.once('exit', (c, s) => { console.log('exit', c, s); r(); }));
process.exit(0);
