// A mail server that takes everything and keeps nothing, in a process of its own: its work is not counted as ours.

import { SMTPServer } from 'smtp-server';

const delayMs = Number(process.argv[2] ?? 0);
const server = new SMTPServer({
  disabledCommands: ['STARTTLS', 'AUTH'],
  onData(stream, _session, callback) {
    stream.resume().on('end', () => setTimeout(callback, delayMs));
  },
});
server.listen(0, '127.0.0.1', () => {
  const address = server.server.address();
  process.send?.(typeof address === 'object' && address !== null ? address.port : 0);
});
process.once('disconnect', () => process.exit(0));
