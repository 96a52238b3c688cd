/*
 * A certified OpenID server in the place of Google's OAuth, so that our client meets a server that
 * is not ours: node-oidc-provider (package.json). What stands here is only where Google differs
 * from it, and an API for tests. tests/harness/oidc.py starts it.
 *
 *   GET  /_control   what was asked at the token endpoint, and how many refresh tokens are good
 *   POST /_control   {"name": value}: changes what stands in `world`
 *
 * Calls of the Directory are let pass to the simulated one (world.directory) when the access token
 * is good and has the scope.
 */
import { createPublicKey, generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import { createServer, request as httpRequest } from 'node:http';
import { parse } from 'node:querystring';

import Provider from 'oidc-provider';

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const READ_ONLY = 'https://www.googleapis.com/auth/admin.directory';
const SCOPES = ['user', 'group'].map((what) => `${READ_ONLY}.${what}.readonly`);
const AUTHORIZE = '/o/oauth2/v2/auth';
const TOKEN = '/token';
const REVOKE = '/revoke';

const client = {
  client_id: 'demo-client.apps.example.com',
  client_secret: `demo-${randomBytes(16).toString('hex')}`,
  redirect_uris: [process.argv.at(-1)],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'client_secret_post',
};

/* Who sits in front of Google's pages, what is clicked there, and how long tokens live. */
const fresh = () => ({
  email: 'admin@example.com',
  domain: 'example.com',
  unticked: [],
  denies: false,
  accessSeconds: 3600,
  refreshSeconds: 86400,
  serviceKeys: {}, // e-mail address -> public key in PEM
  delegated: SCOPES,
  directory: null, // {"url", "token"}
});
let world = fresh();
const asked = [];
const refreshTokens = new Set();
const offline = new Set();

const listener = createServer();
await new Promise((listening) => listener.listen(0, '127.0.0.1', listening));
const issuer = `http://127.0.0.1:${listener.address().port}`;

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const provider = new Provider(issuer, {
  clients: [client],
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig' }] },
  cookies: { keys: [randomBytes(32).toString('hex')] },
  routes: {
    authorization: AUTHORIZE, token: TOKEN, revocation: REVOKE, jwks: '/oauth2/v3/certs',
  },
  scopes: ['openid', 'email', ...SCOPES],
  claims: { openid: ['sub', 'hd'], email: ['email', 'email_verified'] },
  conformIdTokenClaims: false,
  extraParams: ['access_type', 'hd'],
  pkce: { required: () => false },
  clockTolerance: 0,
  rotateRefreshToken: false,
  issueRefreshToken: async (ctx, who, code) => offline.has(code.grantId),
  ttl: {
    AccessToken: () => world.accessSeconds,
    RefreshToken: () => world.refreshSeconds,
    Grant: 86400,
    IdToken: 3600,
    Interaction: 600,
    Session: 600,
  },
  features: { devInteractions: { enabled: false }, revocation: { enabled: true } },
  interactions: { url: (ctx, interaction) => `${issuer}/interaction/${interaction.uid}` },
  findAccount: async (ctx, sub) => ({
    accountId: sub,
    claims: async () => ({ sub, email: world.email, email_verified: true, hd: world.domain }),
  }),
});
provider.on('refresh_token.saved', (token) => refreshTokens.add(token.jti));

/* ---- where Google differs ---- */

async function bodyOf(req) {
  const parts = [];
  for await (const part of req) {
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

function refuse(ctx, status, error, description) {
  ctx.status = status;
  ctx.body = { error, error_description: description };
}

/* Who holds a token may revoke it: Google asks for no client. */
async function revocation(ctx, next) {
  const found = await provider.RefreshToken.find(ctx.req.body.token)
    ?? await provider.AccessToken.find(ctx.req.body.token);
  if (!found) {
    refuse(ctx, 400, 'invalid_token', 'Token expired or revoked');
    return;
  }
  const { client_id, client_secret } = client;
  ctx.req.body = { ...ctx.req.body, client_id, client_secret };
  await next();
}

const decoded = (part) => JSON.parse(Buffer.from(part, 'base64url'));

/* A service account's assertion (RFC 7523), of which this provider knows nothing. */
async function byAssertion(ctx) {
  const [head, body, signature] = ctx.req.body.assertion.split('.');
  const claims = decoded(body);
  const key = world.serviceKeys[claims.iss];
  const now = Date.now() / 1000;
  if (decoded(head).alg !== 'RS256' || !key || !verify('RSA-SHA256', Buffer.from(`${head}.${body}`),
    createPublicKey(key), Buffer.from(signature, 'base64url'))) {
    return refuse(ctx, 400, 'invalid_grant', 'Invalid JWT Signature.');
  }
  if (claims.aud !== issuer + TOKEN || claims.exp - claims.iat > 3600 || claims.exp < now
    || claims.iat > now + 60) {
    return refuse(ctx, 400, 'invalid_grant', 'Invalid JWT: Token must be a short-lived token.');
  }
  if (claims.sub !== world.email) {
    return refuse(ctx, 400, 'invalid_grant', 'Invalid email or User ID');
  }
  if (claims.scope.split(' ').some((scope) => !world.delegated.includes(scope))) {
    return refuse(ctx, 401, 'unauthorized_client',
      'Client is unauthorized to retrieve access tokens using this method, or client not authorized'
      + ' for any of the scopes requested.');
  }
  const token = new provider.AccessToken({
    accountId: claims.sub,
    client: await provider.Client.find(client.client_id),
    scope: claims.scope,
    gty: 'jwt_bearer',
  });
  ctx.body = {
    access_token: await token.save(), expires_in: world.accessSeconds, token_type: 'Bearer',
  };
  return undefined;
}

async function tokens(ctx, next) {
  const grant = ctx.req.body.grant_type;
  asked.push(grant);
  if (grant === JWT_BEARER) {
    await byAssertion(ctx);
    return;
  }
  await next();
  if (grant === 'refresh_token') {
    delete ctx.body.refresh_token;
    if (ctx.body.error === 'invalid_grant') {
      ctx.body.error_description = 'Token has been expired or revoked.';
    }
  }
}

provider.use(async (ctx, next) => {
  const shim = { [TOKEN]: tokens, [REVOKE]: revocation }[ctx.path];
  if (ctx.method !== 'POST' || !shim) {
    await next();
    return;
  }
  ctx.req.body = { ...parse(await bodyOf(ctx.req)) };
  await shim(ctx, next);
});

/* ---- what a person would see and click ---- */

async function interact(req, res) {
  const { params } = await provider.interactionDetails(req, res);
  if (world.denies) {
    await provider.interactionFinished(req, res, { error: 'access_denied' });
    return;
  }
  const grant = new provider.Grant({ accountId: world.email, clientId: params.client_id });
  const scopes = params.scope.split(' ');
  const granted = scopes.filter((scope) => !world.unticked.includes(scope));
  grant.addOIDCScope(granted.join(' '));
  if (granted.length < scopes.length) {
    grant.rejectOIDCScope(world.unticked.join(' '));
  }
  const grantId = await grant.save();
  if (params.access_type === 'offline') {
    offline.add(grantId);
  }
  await provider.interactionFinished(req, res, {
    login: { accountId: world.email }, consent: { grantId },
  });
}

/* ---- the Directory, and tests ---- */

function answer(res, status, body) {
  res.writeHead(status, { 'Content-Type': 'application/json' });
  res.end(JSON.stringify(body));
}

async function direct(req, res) {
  const bearer = /^Bearer (.+)$/.exec(req.headers.authorization ?? '')?.[1] ?? '';
  const token = await provider.AccessToken.find(bearer);
  const needed = SCOPES[req.url.includes('/groups') ? 1 : 0];
  if (!token || !token.scope.split(' ').includes(needed)) {
    answer(res, 401, { error: { code: 401, message: 'Invalid Credentials', errors: [
      { domain: 'global', reason: 'authError', message: 'Invalid Credentials' }] } });
    return;
  }
  const { url, token: inside } = world.directory;
  httpRequest(url + req.url, {
    method: req.method, headers: { ...req.headers, authorization: `Bearer ${inside}` },
  }, (found) => {
    res.writeHead(found.statusCode, found.headers);
    found.pipe(res);
  }).on('error', () => answer(res, 502, {})).end();
}

async function control(req, res) {
  if (req.method === 'POST') {
    const { reset, ...changes } = JSON.parse(await bodyOf(req));
    world = { ...(reset ? fresh() : world), ...changes };
    if (reset) {
      asked.length = 0;
    }
  }
  const found = await Promise.all([...refreshTokens].map((one) => provider.RefreshToken.find(one)));
  answer(res, 200, { asked, refreshTokens: found.filter(Boolean).length });
}

const answers = provider.callback();
listener.on('request', (req, res) => {
  const path = new URL(req.url, issuer).pathname;
  const first = { _control: control, interaction: interact, admin: direct }[path.split('/')[1]];
  Promise.resolve((first ?? answers)(req, res)).catch((error) => {
    console.error(error);
    answer(res, 500, { error: String(error) });
  });
});
const { client_id: clientId, client_secret: clientSecret } = client;
console.log(JSON.stringify({ url: issuer, clientId, clientSecret }));
