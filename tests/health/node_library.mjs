/* Makes calls of a tracking library for Node, unchanged: node node_library.mjs <library> <address> <key> <calls as JSON>.
   With CLOCK in the environment, the machine's clock is wrong by so many milliseconds. */
import { createRequire } from "node:module";

const wrong = Number(process.env.CLOCK || 0);
if (wrong) {
  const Right = Date;
  globalThis.Date = class extends Right {
    constructor(...given) {
      given.length ? super(...given) : super(Right.now() + wrong);
    }
    static now() {
      return Right.now() + wrong;
    }
  };
}

const require = createRequire(import.meta.url);
const [library, host, key, calls] = process.argv.slice(2);

if (library === "segment") {
  const { Analytics } = require("@segment/analytics-node");
  const client = new Analytics({ writeKey: key, host });
  client.on("error", (error) => console.error(error));
  for (const { call, ...fields } of JSON.parse(calls)) client[call](fields);
  await client.closeAndFlush({ timeout: 20000 });
} else {
  const Rudder = require("@rudderstack/rudder-sdk-node");
  const client = new (Rudder.default || Rudder)(key, { dataPlaneUrl: host, flushInterval: 100 });
  for (const { call, ...fields } of JSON.parse(calls)) client[call](fields);
  await new Promise((done) => client.flush((error) => done(error && console.error(error))));
}
process.exit(0);
