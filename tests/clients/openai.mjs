// The `openai` package, as anyone installs it, against a running server.
// usage: node openai.mjs BASE_URL KEY
// KEY: what the server asks for; then a wrong one must be refused. "-": the server asks for none.
import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";
import OpenAI from "openai";

const [baseURL, key] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey: key === "-" ? "unused" : key, maxRetries: 0 });
const model = "tiny_clip";

function crc32(data) {
  let c = ~0;
  for (const byte of data) {
    c ^= byte;
    for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  }
  return ~c >>> 0;
}

function chunk(kind, data) {
  const body = Buffer.concat([Buffer.from(kind), data]);
  const length = Buffer.alloc(4), sum = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** A picture of one colour as a data URI. */
function picture(red, green, blue) {
  const side = 16, head = Buffer.alloc(13), row = Buffer.from([0, ...Array(side).fill([red, green, blue]).flat()]);
  head.writeUInt32BE(side, 0), head.writeUInt32BE(side, 4), head.set([8, 2, 0, 0, 0], 8);
  const png = Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), chunk("IHDR", head),
                             chunk("IDAT", deflateSync(Buffer.concat(Array(side).fill(row)))), chunk("IEND", Buffer.alloc(0))]);
  return "data:image/png;base64," + png.toString("base64");
}

function close(found, expected) {
  assert.equal(found.length, expected.length);
  found.forEach((x, i) => assert.ok(Math.abs(x - expected[i]) < 1e-5, `${found} is not ${expected}`));
}

async function fails(promise, kind, status, code, words) {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof kind, `${error} is no ${kind.name}`);
    assert.equal(error.status, status);
    assert.equal(error.code ?? null, code);
    assert.match(error.message, words);
    assert.ok(error.requestID, "a request id");
    return error;
  }
  assert.fail("it was answered");
}

const tests = {
  async "a text; base64 on the wire, which the package asks for by itself"() {
    const answer = await client.embeddings.create({ model, input: "red" });
    assert.equal(answer.object, "list");
    assert.equal(answer.model, model);
    assert.deepEqual(answer.usage, { prompt_tokens: 3, total_tokens: 3 });
    assert.equal(answer.data.length, 1);
    assert.equal(answer.data[0].object, "embedding");
    close([...answer.data[0].embedding], [1, 0, 0, 0]);
  },
  async "float and base64 are the same numbers"() {
    const input = ["a photo of red green", "dark blue", "colour"];
    const float = await client.embeddings.create({ model, input, encoding_format: "float" });
    const base64 = await client.embeddings.create({ model, input, encoding_format: "base64" });
    const decoded = await client.embeddings.create({ model, input });
    input.forEach((_, i) => {
      const bytes = Buffer.from(base64.data[i].embedding, "base64");
      const numbers = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
      assert.deepEqual(new Float32Array(float.data[i].embedding), numbers);
      assert.deepEqual(new Float32Array(decoded.data[i].embedding), numbers);
    });
  },
  async "a batch keeps its order"() {
    const words = ["red", "green", "blue"], input = Array.from({ length: 600 }, (_, i) => words[i % 3]);
    const answer = await client.embeddings.create({ model, input });
    answer.data.forEach((d, i) => {
      assert.equal(d.index, i);
      close([...d.embedding], [0, 1, 2, 3].map((k) => Number(k === i % 3)));
    });
    assert.equal(answer.data.length, 600);
  },
  async "pictures beside texts"() {
    const answer = await client.embeddings.create({ model, input: [picture(255, 0, 0), "blue", { image: picture(0, 255, 0) }] });
    [[1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0]].forEach((v, i) => close([...answer.data[i].embedding], v));
  },
  async "fewer dimensions, of length one again"() {
    const answer = await client.embeddings.create({ model, input: "red blue blue a", dimensions: 3, encoding_format: "float", user: "me" });
    close(answer.data[0].embedding, [1, 0, 2].map((x) => x / Math.sqrt(5)));
    await fails(client.embeddings.create({ model, input: "a", dimensions: 5 }), OpenAI.BadRequestError, 400, null, /dimensions: at most 4/);
  },
  async "models"() {
    const names = [];
    for await (const m of client.models.list()) {
      assert.equal(m.object, "model");
      assert.equal(typeof m.created, "number");
      assert.equal(typeof m.owned_by, "string");
      names.push(m.id);
    }
    assert.ok(names.includes("tiny_clip") && !names.some((n) => n.includes(":")), names.join());
    const listed = await client.embeddings.create({ model: "tiny_clip", input: "red" });
    assert.equal(listed.data.length, 1, "what is listed can be asked");
    assert.equal((await client.models.retrieve("tiny_clip:textual")).id, "tiny_clip:textual");
  },
  async "mistakes are the package's own errors"() {
    await fails(client.embeddings.create({ model: "nope", input: "a" }), OpenAI.NotFoundError, 404, "model_not_found", /no model 'nope'/);
    const empty = await fails(client.embeddings.create({ model, input: [] }), OpenAI.BadRequestError, 400, null, /1\.\.2048 items/);
    assert.equal(empty.param, "input");
    assert.equal(empty.type, "invalid_request_error");
    await fails(client.embeddings.create({ model, input: [] }), OpenAI.BadRequestError, 400, null, /1\.\.2048 items/);
    await fails(client.embeddings.create({ model, input: [1, 2, 3] }), OpenAI.BadRequestError, 400, null, /token ids/);
    await fails(client.embeddings.create({ model, input: "x".repeat(2 ** 20 + 1) }), OpenAI.APIError, 413, "body_too_large", /1048576/);
    await fails(client.embeddings.create({ model, input: "red ".repeat(50), truncate: false }), OpenAI.BadRequestError, 400, null, /longer than/);
  },
  async "a wrong key"() {
    if (key === "-") return;
    const stranger = new OpenAI({ baseURL, apiKey: "wrong", maxRetries: 0 });
    await fails(stranger.embeddings.create({ model, input: "a" }), OpenAI.AuthenticationError, 401, "invalid_api_key", /./);
  },
};

let failed = 0;
for (const [name, test] of Object.entries(tests)) {
  try {
    await test();
    console.log("ok    " + name);
  } catch (error) {
    failed++;
    console.log(`FAIL  ${name}: ${error.stack}`);
  }
}
process.exit(failed ? 1 : 0);
