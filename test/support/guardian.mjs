// Outlives a test run by a moment: when the pipe to the run closes, ends the processes it left and removes its folder.
// Each line on stdin is `{"pid":…,"signal":…}` for a process that started, and without `signal` for one that ended.

import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';

const GRACE_MS = 8000; // PostgreSQL gives its own children 5 s.

const folder = process.argv[2];
const running = new Map();

/** False when there is no such process. */
function send(pid, signal) {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

async function end(pid, signal) {
  send(pid, signal);
  send(pid, 'SIGCONT'); // A frozen process does not hear its signal.
  for (let waited = 0; waited < GRACE_MS && send(pid, 0); waited += 50) await setTimeout(50);
  send(pid, 'SIGKILL');
}

for await (const line of createInterface({ input: process.stdin })) {
  const { pid, signal } = JSON.parse(line);
  if (signal) running.set(pid, signal);
  else running.delete(pid);
}
await Promise.all([...running].map(([pid, signal]) => end(pid, signal)));
rmSync(folder, { recursive: true, force: true });
