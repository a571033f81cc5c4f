// ClickHouse's HTTP interface, as far as the product speaks it, over chdb: the engine of a current ClickHouse within this process.
// node server.mjs FOLDER: prints the port; ends with its standard input.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const { Session } = createRequire(import.meta.url)("chdb");
const folder = process.argv[2], session = new Session(join(folder, "data"));
const own = ["database", "query_id", "query", "enable_http_compression", "http_zlib_compression_level"];
let turn = Promise.resolve(), number = 0;

async function answer(url, body) {
  const asked = new URL(url, "http://localhost").searchParams;
  for (const [name, value] of asked) {
    // An unknown setting is an error, as it is of a server.
    if (!own.includes(name)) await session.queryAsync(`SET ${name} = '${value}'`);
  }

  const insert = asked.get("query");
  if (!insert) {
    return Buffer.from((await session.queryAsync(body.toString("utf8"))).bytes());
  }

  const file = join(folder, `${++number}.bin`), [, table, format] = /^INSERT INTO (\S+) FORMAT (\w+)$/.exec(insert);
  writeFileSync(file, body);
  try {
    const columns = (await session.queryAsync(`DESCRIBE TABLE ${table} FORMAT TabSeparatedRaw`)).text().trim().split("\n")
      .map(l => l.split("\t")).map(([name, type]) => `${name} ${type}`).join(", ");
    await session.queryAsync(
      `INSERT INTO ${table} SELECT * FROM file('${file}', '${format}', '${columns.replaceAll("'", "\\'")}')`);
    return Buffer.alloc(0);
  } finally {
    rmSync(file);
  }
}

createServer((request, response) => {
  const parts = [];
  request.on("data", part => parts.push(part));
  request.on("end", () => {
    turn = turn.then(async () => {
      try {
        const bytes = await answer(request.url, Buffer.concat(parts));
        response.writeHead(200).end(bytes);
      } catch (fault) {
        response.writeHead(500).end(`${fault.message}\n`);
      }
    });
  });
}).listen(0, "127.0.0.1", function () {
  console.log(this.address().port);
});
process.stdin.resume().on("end", () => process.exit(0));
