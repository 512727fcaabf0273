import { call, Refusal, signedOut, token } from './api';
import { me, type Me, type Preferences } from './state';

/** How people sign in here, as GET /api/sign-in says. */
export interface WayIn {
  methods: string[];
  authority?: string | null;
  clientId?: string | null;
  scopes?: string[];
  name?: string | null;
  resource?: string | null;
  parameters?: Record<string, string>;
}

// The provider's library is loaded only where somebody signs in by it. Tokens live in the memory of the page; a reload asks the provider again.
async function manager(way: WayIn) {
  const { InMemoryWebStorage, UserManager, WebStorageStateStore } = await import('oidc-client-ts');
  return new UserManager({
    authority: way.authority!,
    client_id: way.clientId!,
    redirect_uri: new URL('/desk', location.href).href,
    post_logout_redirect_uri: new URL('/desk', location.href).href,
    scope: (way.scopes ?? ['openid', 'profile', 'email']).join(' '),
    ...(way.resource ? { resource: way.resource } : {}),
    extraQueryParams: way.parameters ?? {},
    response_type: 'code',
    userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
    stateStore: new WebStorageStateStore({ store: sessionStorage, prefix: 'helpdesk.oidc.' }),
    automaticSilentRenew: true,
  });
}

type Manager = Awaited<ReturnType<typeof manager>>;
let provider: Manager | null = null;

function hold(users: Manager): void {
  provider = users;
  token.get = async () => {
    const user = await users.getUser();
    if (user && !user.expired) return user.access_token;
    const renewed = user?.refresh_token ? await users.signinSilent().catch(() => null) : null;
    return renewed?.access_token ?? null;
  };
}

export async function signInByProvider(way: WayIn): Promise<void> {
  keepWay(way);
  await (await manager(way)).signinRedirect({ state: location.pathname + location.search });
}

const wayName = 'helpdesk.way';
const keepWay = (way: WayIn | null) => (way ? sessionStorage.setItem(wayName, JSON.stringify(way)) : sessionStorage.removeItem(wayName));

/** Somebody who comes back from the provider, or who was signed in by it before the page was loaded anew. */
export async function comeBack(): Promise<void> {
  const stored = sessionStorage.getItem(wayName);
  if (!stored) return;
  const users = await manager(JSON.parse(stored) as WayIn);
  const query = new URLSearchParams(location.search);
  if (query.has('code') && query.has('state')) {
    const user = await users.signinRedirectCallback();
    hold(users);
    history.replaceState(null, '', typeof user.state === 'string' && user.state.startsWith('/desk') ? user.state : '/desk');
  } else if (query.has('error')) {
    keepWay(null);
    history.replaceState(null, '', '/desk');
  } else {
    // The page was loaded anew, and with it went the token: the provider still knows its user.
    await users.signinRedirect({ state: location.pathname + location.search, prompt: 'none' });
    await new Promise(() => undefined);
  }
}

interface Person {
  workspace: string;
  role: 'agent' | 'admin';
  standIn: boolean;
  agent: { id: string; name: string; email: string } | null;
  groups: { id: string }[];
  preferences: Preferences;
}

/** Who is signed in; null for nobody. `standIn` is true for the first admin key, which belongs to nobody in particular. */
export async function whoAmI(): Promise<(Me & { standIn: boolean; preferences: Preferences }) | null> {
  try {
    const { agent, groups, preferences, role, standIn, workspace } = await call<Person>('GET', '/api/me');
    return { agent: agent?.id ?? null, name: agent?.name ?? workspace, email: agent?.email ?? null, role, workspace, groups: groups.map((one) => one.id), standIn, preferences };
  } catch (error) {
    if (error instanceof Refusal && error.status === 401) return null;
    throw error;
  }
}

export async function signOut(): Promise<void> {
  if (provider) {
    keepWay(null);
    token.get = null;
    // What new tokens could be had by is given back; an access token is over by itself. The library refuses answers that are no JSON, such as an
    // empty one, when the provider has done what it was asked for.
    await provider.revokeTokens(['refresh_token']).catch(() => undefined);
    await provider.signoutRedirect().catch(() => undefined);
  } else {
    await call('DELETE', '/api/session');
  }
  me.value = null;
  signedOut.value = true;
}
