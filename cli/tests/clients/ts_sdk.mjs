// @openai/codex-sdk as it is published. The folder it is installed in is the first argument.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const { Codex } = await import(pathToFileURL(path.join(process.argv[2], 'node_modules/@openai/codex-sdk/dist/index.js')));
const { CODEX_BIN, WORKSPACE } = process.env;
const options = { workingDirectory: WORKSPACE, skipGitRepoCheck: true, sandboxMode: 'danger-full-access' };
const codex = new Codex({ codexPathOverride: CODEX_BIN });

const thread = codex.startThread(options);
assert.equal((await thread.run('first')).finalResponse, 'one');
const { events } = await thread.runStreamed('second');
const kinds = [];
for await (const event of events) kinds.push(event.type);
assert.equal(kinds.at(-1), 'turn.completed');

const again = new Codex({ codexPathOverride: CODEX_BIN }).resumeThread(thread.id, options);
assert.equal((await again.run('third')).finalResponse, 'three');

const schema = { type: 'object', properties: { answer: { type: 'string' } }, required: ['answer'], additionalProperties: false };
const structured = await codex.startThread(options).run('structured', { outputSchema: schema });
assert.deepEqual(JSON.parse(structured.finalResponse), { answer: '42' });

const dot = path.join(WORKSPACE, 'dot.png');
fs.writeFileSync(dot, Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64'));
const seen = await codex.startThread(options).run([{ type: 'text', text: 'look' }, { type: 'local_image', path: dot }]);
assert.equal(seen.finalResponse, 'seen');

const stop = new AbortController();
const stream = await codex.startThread(options).runStreamed('wait', { signal: stop.signal });
await assert.rejects(async () => {
  for await (const event of stream.events) if (event.type === 'item.started') stop.abort();
});
console.log('all done');
