// A real OpenID Connect provider for tests: node provider.mjs <port> <redirect address> …
// It asks nobody for a password: login_hint says who signs in, or POST /next. POST /people tells it of somebody, POST /rotate has it sign with another key.
// It ends when its standard input does, so that none is left behind when a test run is killed.
import { createServer } from 'node:http';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import Provider from 'oidc-provider';

const [port, ...addresses] = process.argv.slice(2);
const people = new Map();
let next = 'nobody';

const key = () => ({ ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }), kid: randomBytes(8).toString('hex'), use: 'sig', alg: 'RS256' });

function start() {
  const provider = new Provider(`http://127.0.0.1:${port}`, {
    clients: [
      {
        client_id: 'console',
        token_endpoint_auth_method: 'none',
        redirect_uris: addresses,
        post_logout_redirect_uris: addresses,
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
      },
    ],
    jwks: { keys: [key()] },
    cookies: { keys: ['only for tests'] },
    scopes: ['openid', 'offline_access', 'desk'],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    clientBasedCORS: () => true,
    extraTokenClaims: (context, token) => people.get(token.accountId),
    findAccount: (context, sub) => ({ accountId: sub, claims: () => ({ sub, ...people.get(sub) }) }),
    interactions: { url: (context, interaction) => `/interaction/${interaction.uid}` },
    issueRefreshToken: () => true,
    ttl: { Session: 3600, Grant: 3600, Interaction: 600, IdToken: 3600, RefreshToken: 3600, AccessToken: 300 },
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true },
      rpInitiatedLogout: { enabled: true, logoutSource: (context, form) => (context.body = `${form}<button form="op.logoutForm" name="logout" value="yes">Yes</button>`) },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: (context, resource) => ({ scope: 'desk', audience: resource, accessTokenFormat: 'jwt', accessTokenTTL: 300, jwt: { sign: { alg: 'RS256' } } }),
      },
    },
  });
  provider.on('server_error', (context, error) => console.error(error));
  return provider;
}

let provider = start();

/** Nobody sees a page: who is named signs in and agrees to everything. */
async function interact(request, response) {
  const { prompt, params, grantId, session } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login') {
    await provider.interactionFinished(request, response, { login: { accountId: params.login_hint ?? next } }, { mergeWithLastSubmission: false });
    return;
  }

  const grant = grantId ? await provider.Grant.find(grantId) : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  if (prompt.details.missingOIDCScope) grant.addOIDCScope(prompt.details.missingOIDCScope.join(' '));
  if (prompt.details.missingOIDCClaims) grant.addOIDCClaims(prompt.details.missingOIDCClaims);
  for (const [resource, scopes] of Object.entries(prompt.details.missingResourceScopes ?? {})) grant.addResourceScope(resource, scopes.join(' '));
  await provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
}

async function bodyOf(request) {
  let text = '';
  for await (const part of request) text += part;
  return text;
}

createServer(async (request, response) => {
  try {
    if (request.method === 'POST' && request.url === '/people') {
      const { sub, ...claims } = JSON.parse(await bodyOf(request));
      people.set(sub, claims);
      response.writeHead(204).end();
    } else if (request.method === 'POST' && request.url === '/next') {
      next = JSON.parse(await bodyOf(request)).sub;
      response.writeHead(204).end();
    } else if (request.method === 'POST' && request.url === '/rotate') {
      provider = start();
      response.writeHead(204).end();
    } else if (request.url.startsWith('/interaction/')) {
      await interact(request, response);
    } else {
      provider.callback()(request, response);
    }
  } catch (error) {
    console.error(error);
    response.writeHead(500).end(String(error));
  }
}).listen(Number(port), '127.0.0.1', () => console.log('ready'));

process.stdin.on('end', () => process.exit()).resume();
