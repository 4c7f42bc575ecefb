/* Sends so many track calls with a tracking library for Node: node node_library.mjs <library> <address> <key> <count> <group>.
   Prints the seconds from the first call until all were delivered. */
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const [library, host, key, count, groupId] = process.argv.slice(2);
const call = (number) => ({ userId: `user${number % 1000}`, event: `feature-${number % 12}`, context: { groupId } });
let begun = 0;

if (library === "segment") {
  const { Analytics } = require("@segment/analytics-node");
  const client = new Analytics({ writeKey: key, host, maxEventsInBatch: 100 });
  begun = performance.now();
  for (let number = 0; number < count; number += 1) client.track(call(number));
  await client.closeAndFlush({ timeout: 120000 });
} else {
  const Rudder = require("@rudderstack/rudder-sdk-node");
  const client = new (Rudder.default || Rudder)(key, { dataPlaneUrl: host, flushAt: 100 });
  begun = performance.now();
  for (let number = 0; number < count; number += 1) client.track(call(number));
  await new Promise((done) => client.flush(done));
}
console.log((performance.now() - begun) / 1000);
process.exit(0);
