// Loaded into each server before its program: tells what the process has used, when it is asked.

declare const gc: (() => void) | undefined;

process.on('message', (asked) => {
  if (asked !== 'usage' && asked !== 'collect') return;
  if (asked === 'collect') gc?.();
  process.send?.({ cpu: process.cpuUsage(), memory: process.memoryUsage() });
});
process.channel?.unref();
