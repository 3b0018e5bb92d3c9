// A trading system on node, by openid-client: walk.mjs MODULES ISSUER CLIENT, secrets and keys by
// standard input. It prints an address for the browser, reads the one that the browser came back to,
// and in the end prints what it learnt, a line of JSON each.
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

const [modules, issuer, id] = process.argv.slice(2)
const openid = await import(pathToFileURL(`${modules}/openid-client/build/index.js`))
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const read = async () => JSON.parse((await lines.next()).value)
const tell = (what) => console.log(JSON.stringify(what))
const insecure = { execute: [openid.allowInsecureRequests] } // of loopback, without TLS

const { secret, key, redirect_uri, bye } = await read()
const methods = {
  basic: openid.ClientSecretBasic(secret),
  post: openid.ClientSecretPost(secret),
  signed: openid.PrivateKeyJwt({
    kid: key.kid,
    key: await crypto.subtle.importKey(
      'jwk', key, { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, false, ['sign']),
  }),
}
for (const [name, method] of Object.entries(methods)) {
  const config = await openid.discovery(new URL(issuer), id, undefined, method, insecure)
  const verifier = openid.randomPKCECodeVerifier()
  const [state, nonce] = [openid.randomState(), openid.randomNonce()]
  tell(openid.buildAuthorizationUrl(config, {
    redirect_uri,
    scope: 'openid profile',
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  }))
  const tokens = await openid.authorizationCodeGrant(config, new URL(await read()), {
    pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true,
  })
  const claims = tokens.claims()
  const userinfo = await openid.fetchUserInfo(config, tokens.access_token, claims.sub)
  const own = await openid.clientCredentialsGrant(config, { scope: 'accounts:read' })
  const api = new URL(`${issuer}/api/v1/accounts/${claims.sub}`)
  const account = await openid.fetchProtectedResource(config, own.access_token, api, 'GET')
  const refused = await openid.authorizationCodeGrant(
    config, new URL(`${redirect_uri}?error=login_required&state=${state}&iss=${issuer}`),
    { expectedState: state },
  ).catch((error) => error.error)
  const over = openid.buildEndSessionUrl(config, {
    id_token_hint: tokens.id_token, post_logout_redirect_uri: bye, state,
  })
  tell({ name, claims, userinfo, account: await account.json(), refused, over, state })
}
