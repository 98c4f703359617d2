// Holds a document against the OpenAPI Initiative's own schema; prints what is wrong. usage: openapi_valid.mjs FILE
import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";

const document = JSON.parse(readFileSync(process.argv[2], "utf8"));
const check = async (what) => {
  const validator = new Validator();
  const result = await validator.validate(what);
  return { version: validator.version, ...result };
};
const result = await check(document);
const broken = structuredClone(document);
delete broken.info.title;
broken.paths["/v1/detect"].post.responses["200"].description = 7;
if ((await check(broken)).valid) throw new Error("a broken document passes: the check proves nothing");
console.log(`OpenAPI ${result.version}:`, result.valid ? "valid" : JSON.stringify(result.errors, null, 1).slice(0, 4000));
process.exit(result.valid && result.version === "3.1" ? 0 : 1);
