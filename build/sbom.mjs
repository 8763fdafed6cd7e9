// The software bill of materials of what is published (CycloneDX), on standard output: by `npm sbom`, for the locked tree without tools.

import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = mkdtempSync(join(tmpdir(), 'sbom-'));
try {
  // `npm sbom --omit=dev` beside installed tools leaves out what the tools need as well, so they are taken away first.
  const { devDependencies: _tools, scripts: _scripts, ...manifest } = JSON.parse(readFileSync('package.json', 'utf8'));
  // npm names the product by its folder.
  const cwd = join(root, manifest.name);
  mkdirSync(cwd);
  writeFileSync(join(cwd, 'package.json'), JSON.stringify(manifest));
  copyFileSync('package-lock.json', join(cwd, 'package-lock.json'));
  const npm = (...args) => execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 2 ** 26 });
  npm('install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline');
  process.stdout.write(npm('sbom', '--package-lock-only', '--sbom-format=cyclonedx', '--sbom-type=library'));
} finally {
  rmSync(root, { recursive: true, force: true });
}
