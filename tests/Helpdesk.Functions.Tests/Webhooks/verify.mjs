// Verifies a delivery as a receiver would, with the reference library. Reads { secret, headers, body } and says what is in it, or why it is not believed.
import { readFileSync } from 'node:fs';
import { Webhook } from 'standardwebhooks';

const { secret, headers, body } = JSON.parse(readFileSync(0, 'utf8'));
try {
  const event = new Webhook(secret).verify(body, headers);
  process.stdout.write(`verified ${event.type}`);
} catch (refused) {
  process.stdout.write(`refused: ${refused.message}`);
}
