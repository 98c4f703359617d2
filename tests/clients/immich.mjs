// What an Immich server sends to its machine-learning service, with the FormData and fetch of Node that it uses, and what it does with the answers.
// usage: node immich.mjs BASE_URL PICTURE
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

const [base, file] = process.argv.slice(2);
const picture = new Blob([await readFile(file)]);
const clip = { modelName: "tiny_clip" };

async function predict(entries, payload) {
  const form = new FormData();
  form.append("entries", JSON.stringify(entries));
  for (const [name, value] of Object.entries(payload)) form.append(name, value);
  const response = await fetch(new URL("/predict", base), { method: "POST", body: form });
  return { status: response.status, body: await response.json() };
}

/** Stored as it comes, in a column of vectors: [number,number,...] without blanks. */
function vector(text, expected) {
  assert.equal(typeof text, "string");
  assert.match(text, /^\[-?[0-9.e-]+(,-?[0-9.e-]+)*\]$/);
  const numbers = JSON.parse(text);
  assert.equal(numbers.length, expected.length);
  numbers.forEach((x, i) => assert.ok(Math.abs(x - expected[i]) < 1e-5, text));
  assert.deepEqual([...new Float32Array(numbers)].map(Math.fround), numbers.map(Math.fround));
}

const ping = await fetch(new URL("/ping", base), { signal: AbortSignal.timeout(2000) });
assert.equal(ping.status, 200);
assert.equal(await ping.text(), "pong");
console.log("ok    ping");

const image = await predict({ clip: { visual: clip } }, { image: picture });
assert.equal(image.status, 200);
assert.deepEqual([image.body.imageHeight, image.body.imageWidth], [30, 50]);
vector(image.body.clip, [0, 0, 1, 0]);
console.log("ok    smart search: a picture");

const text = await predict({ clip: { textual: { ...clip, options: { language: "de" } } } }, { text: "blue" });
assert.equal(text.status, 200);
vector(text.body.clip, [0, 0, 1, 0]);
console.log("ok    smart search: a text");

for (const [entries, payload, status] of [
  [{ clip: { visual: { modelName: "nope" } } }, { image: picture }, 404],
  [{ clip: { visual: clip } }, {}, 400],
  [{ ocr: { detection: { modelName: "x" } } }, { image: picture }, 422],
]) {
  const answer = await predict(entries, payload);
  assert.equal(answer.status, status);
  assert.equal(typeof answer.body.detail, "string");
}
console.log("ok    mistakes");
