// An authority of the test's own, and certificates of it, made by `openssl` where the machine has it.

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from './find-program.js';
import { newFolder } from './run-folder.js';
import type { Requirement } from './services.js';

/** `openssl`, for `describeWith`. */
export const openssl: Requirement = {
  get missing() {
    return findProgram('openssl') === undefined ? 'openssl: not found' : undefined;
  },
  request() {},
};

export interface Authority {
  /** Path of its certificate. */
  readonly file: string;
  /** Writes a certificate for these names, and its key, to the paths. */
  issue(cert: string, key: string, ...names: readonly string[]): void;
}

export function makeAuthority(): Authority {
  const folder = newFolder('authority');
  const at = (name: string) => join(folder, name);
  const run = (...args: readonly string[]) => execFileSync(findProgram('openssl') ?? 'openssl', args, { stdio: 'ignore' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  run('req', '-x509', ...key, '-keyout', at('ca.key'), '-out', at('ca.pem'), '-days', '2', '-subj', '/CN=An authority of a test');
  return {
    file: at('ca.pem'),
    issue(certFile, keyFile, ...names) {
      writeFileSync(at('names'), `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}\n`);
      run('req', ...key, '-keyout', keyFile, '-out', at('request'), '-subj', `/CN=${names[0]}`);
      const signed = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '2', '-extfile', at('names')];
      run('x509', '-req', '-in', at('request'), '-out', certFile, ...signed);
    },
  };
}
