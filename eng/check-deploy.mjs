// Holds deploy/compose.yaml to the Compose specification's JSON schema (as dclint brings it) and deploy/kubernetes/*.yaml to the API's
// (as kubernetes-models brings it). Not part of CI:
//
//     npm install --prefix out/check dclint kubernetes-models js-yaml && node eng/check-deploy.mjs out/check
//
// The units: systemd-analyze verify deploy/systemd/*.service, where /opt/predictive/predictive is there.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const tools = path.resolve(process.argv[2] ?? path.join(root, 'out/check'));
const require = createRequire(path.join(tools, 'package.json'));
const yaml = require('js-yaml');
const faults = [];

const compose = path.join(root, 'deploy/compose.yaml');
const lint = spawnSync('npx', ['--prefix', tools, 'dclint', '--formatter', 'json', compose], { cwd: tools, encoding: 'utf8' });
const told = JSON.parse(lint.stdout).flatMap(f => f.messages).filter(m => m.rule === 'invalid-schema' || m.rule === 'invalid-yaml');
faults.push(...told.map(m => `compose.yaml, line ${m.line}: ${m.message}`));
console.log(`compose.yaml: ${told.length === 0 ? 'as the specification has it' : 'at fault'}`);

const folder = path.join(root, 'deploy/kubernetes');
for (const file of fs.readdirSync(folder)) {
  for (const object of yaml.loadAll(fs.readFileSync(path.join(folder, file), 'utf8'))) {
    const kind = require(`kubernetes-models/${object.apiVersion}`)[object.kind];
    const name = `${file}, ${object.kind} ${object.metadata.name}`;
    try {
      if (!kind) throw new Error(`there is no ${object.kind} in ${object.apiVersion}`);
      new kind(object).validate();
      console.log(`${name}: as the API has it`);
    } catch (e) {
      faults.push(`${name}: ${e.message}`);
    }
  }
}

faults.forEach(f => console.error(f));
process.exit(faults.length > 0 ? 1 : 0);
