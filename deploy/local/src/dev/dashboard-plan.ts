/** The development server of the dashboard: hot reload, and everything else asked of the gateway. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { watchParentArgs, type ProcessPlan } from '../supervise/process-plan.ts';

export const dashboardHost = '127.0.0.1';

export function dashboardPlan(webFolder: string, port: number, gatewayUrl: string): ProcessPlan {
  const options = ['--clearScreen', 'false', '--logLevel', 'warn', '--strictPort', '--host', dashboardHost];
  const manifest = createRequire(join(webFolder, 'package.json')).resolve('vite/package.json');
  return {
    name: 'dashboard',
    program: process.execPath,
    args: [...watchParentArgs, join(dirname(manifest), 'bin/vite.js'), 'dev', ...options, '--port', String(port)],
    cwd: webFolder,
    env: { MANYHANDS_GATEWAY: gatewayUrl },
    watchesParent: true,
    drainStage: 1,
  };
}
