// Bundles src/ with the libraries of package-lock.json: `npm ci && npm run build` writes ../assets/editor.js and LICENSES.txt.
// `node build.mjs DIR` writes them elsewhere. The same lock gives the same bytes.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, "..", "assets");

const result = await build({
  absWorkingDir: here,
  entryPoints: ["src/index.js"],
  outfile: join(out, "editor.js"),
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none", // every licence is in LICENSES.txt, whole
  preserveSymlinks: true,
  define: { "process.env.NODE_ENV": '"production"', "globalThis.process": "undefined" },
  metafile: true,
});

const packages = [...new Set(Object.keys(result.metafile.inputs).map(packageOf).filter(Boolean))].sort();
writeFileSync(join(out, "LICENSES.txt"), ["editor.js holds these libraries.", ...packages.map(licence)].join("\n\n"));

function packageOf(path) {
  return path.match(/.*node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1];
}

function licence(name) {
  const folder = join(here, "node_modules", name);
  const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
  const text = file ? readFileSync(join(folder, file), "utf8").trim() : `Licence: ${license}`;
  return `${"=".repeat(78)}\n${name} ${version} (${license})\n${"=".repeat(78)}\n${text}\n`;
}
