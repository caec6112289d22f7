// Builds ../static/kit/ from css/, js/ and the packages in package-lock.json.
// The result is committed, so that nobody needs Node to run the product; `npm run check` proves that
// a fresh build gives the committed bytes.
import { execFileSync } from "node:child_process";
import { mkdtempSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { ICONS } from "./icons.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const COMMITTED = join(HERE, "..", "static", "kit");
// ECharts alone is 540 KB before compression (190 KB after) and comes only on chart pages; all the rest is under 300 KB
const LIMIT_BYTES = 850 * 1024;
const CHECKING = process.argv.includes("--check");
const OUT = CHECKING ? mkdtempSync(join(tmpdir(), "linli-assets-")) : COMMITTED;

mkdirSync(OUT, { recursive: true });
buildStyles();
await buildScripts();
writeFileSync(join(OUT, "icons.svg"), iconSprite());
writeFileSync(join(OUT, "LICENSES.txt"), licences());
CHECKING ? compare() : report();

function buildStyles() {
  const cli = join(HERE, "node_modules", "@tailwindcss", "cli", "dist", "index.mjs");
  execFileSync(process.execPath, [cli, "-i", "css/in.css", "-o", join(OUT, "app.css"), "--minify"], {
    cwd: HERE,
    stdio: ["ignore", "ignore", "inherit"],
  });
}

async function buildScripts() {
  await esbuild.build({
    absWorkingDir: HERE,
    entryPoints: { kit: "js/kit.js", charts: "js/charts.js" },
    outdir: OUT,
    bundle: true,
    minify: true,
    format: "iife",
    target: ["es2021"],
    legalComments: "none",
    charset: "utf8",
    define: { "process.env.NODE_ENV": '"production"', __DEV__: "false" },
    logLevel: "warning",
  });
}

// One file of <symbol>s, used by {% icon "name" %}; each icon inherits the text colour
function iconSprite() {
  const symbols = ICONS.map((name) => {
    const source = readFileSync(join(HERE, "node_modules/lucide-static/icons", `${name}.svg`), "utf8");
    const body = source.slice(source.indexOf(">", source.indexOf("<svg")) + 1, source.lastIndexOf("</svg>"));
    return `<symbol id="${name}" viewBox="0 0 24 24">${body.replace(/\s*\n\s*/g, "").replace(/ \/>/g, "/>")}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`;
}

function licences() {
  const shipped = ["htmx.org", "@alpinejs/csp", "echarts", "zrender", "tailwindcss", "daisyui", "lucide-static"];
  const parts = shipped.map((name) => {
    const folder = join(HERE, "node_modules", name);
    const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    // The Apache text stands in the repository's own LICENSE; repeating it here would only add weight
    const text = license === "Apache-2.0" ? "Apache License 2.0: see the LICENSE file at the top of this repository." : file ? readFileSync(join(folder, file), "utf8").trim() : `Licensed under ${license}.`;
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  return parts.join(`\n${"-".repeat(80)}\n\n`);
}

function compare() {
  const different = readdirSync(OUT).filter(
    (name) => !existsSync(join(COMMITTED, name)) || !readFileSync(join(OUT, name)).equals(readFileSync(join(COMMITTED, name))),
  );
  rmSync(OUT, { recursive: true });
  if (different.length) {
    console.error(`Not as committed: ${different.join(", ")}. Run: npm ci && npm run build`);
    process.exit(1);
  }
  console.log("The committed files are what a fresh build gives.");
}

function report() {
  let total = 0;
  for (const name of readdirSync(OUT).sort()) {
    const size = readFileSync(join(OUT, name)).length;
    total += size;
    console.log(`${name.padEnd(14)} ${(size / 1024).toFixed(1).padStart(7)} KB`);
  }
  console.log(`${"all".padEnd(14)} ${(total / 1024).toFixed(1).padStart(7)} KB`);
  if (total > LIMIT_BYTES) {
    console.error(`More than ${LIMIT_BYTES / 1024} KB: leave something out.`);
    process.exit(1);
  }
}
