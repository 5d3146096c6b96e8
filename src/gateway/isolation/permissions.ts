/** A command about permissions in the browser's default context, as the hub sends it. */
export interface PermissionCommand {
  method: 'Browser.grantPermissions' | 'Browser.setPermission' | 'Browser.resetPermissions';
  params: object;
}

/** What a client's command comes to: `first` is sent for it, the rest right behind. */
export interface PermissionChange {
  first: PermissionCommand;
  behind: PermissionCommand[];
  /** The browser has taken `first`. */
  commit(): void;
}

/** Where a permission counts; without an origin: wherever that has no entry of its own. */
interface Place {
  origin?: string;
  embeddedOrigin?: string;
}

interface Setting {
  permission: object;
  setting: string;
  /** Which of several is the last. */
  order: number;
}

/** What one client asked for at one place. */
interface Entry {
  place: Place;
  /** Null: it has granted nothing there, and so denied nothing either. */
  granted: readonly string[] | null;
  settings: ReadonlyMap<string, Setting>;
}

type Table<Client> = ReadonlyMap<Client, ReadonlyMap<string, Entry>>;

const EVERYWHERE = placeKey({});

/** Origins that one client may have permissions for: whenever anybody resets, all are said to the browser anew. */
export const MAX_ORIGINS = 100;

/**
 * The permissions that clients granted in the browser's default context. Chrome keeps one set per origin, in which
 * the last grant replaces every other, and forgets all of them when any session ends that granted: so the hub
 * alone grants there, and for each origin the union of what its clients want.
 *
 * As in Chrome, what a client says about an origin takes the place of what it says about all origins.
 */
export class Permissions<Client> {
  #table: Table<Client> = new Map();
  #order = 0;

  get empty(): boolean {
    return this.#table.size === 0;
  }

  has(client: Client): boolean {
    return this.#table.has(client);
  }

  /** The client has permissions for {@link MAX_ORIGINS} origins, of which the one in these parameters is none. */
  full(client: Client, params: Record<string, unknown>): boolean {
    const place = placeOf(params);
    const mine = this.#table.get(client);
    if (!place || !mine) return false;
    const key = placeKey(place);
    if (key === EVERYWHERE || mine.has(key)) return false;
    return mine.size - Number(mine.has(EVERYWHERE)) >= MAX_ORIGINS;
  }

  /** Null where the parameters are none that Chrome would take. */
  grant(client: Client, params: Record<string, unknown>): PermissionChange | null {
    const { permissions } = params;
    const place = placeOf(params);
    if (!place || !Array.isArray(permissions) || !permissions.every((each) => typeof each === 'string')) {
      return null;
    }
    const next = this.#with(client, { place, granted: permissions, settings: new Map() });
    const [, ...settings] = commandsAt(next, place);
    const union = new Set([...permissions, ...(unionAt(next, place) ?? [])]);
    return {
      first: { method: 'Browser.grantPermissions', params: { ...params, permissions: [...union] } },
      behind: [...settings, ...shadowing(next, place)],
      commit: () => {
        this.#table = next;
      },
    };
  }

  /** Null where the parameters are none that Chrome would take. */
  set(client: Client, params: Record<string, unknown>): PermissionChange | null {
    const { permission, setting } = params;
    const place = placeOf(params);
    if (!place || typeof permission !== 'object' || permission === null || typeof setting !== 'string') {
      return null;
    }
    const key = placeKey(place);
    const known = [...this.#table.values()].some((places) => places.has(key));
    const old = this.#table.get(client)?.get(key) ?? { place, granted: null, settings: new Map() };
    this.#order += 1;
    const mine: Setting = { permission, setting, order: this.#order };
    const settings = new Map(old.settings).set(descriptorKey(permission), mine);
    const next = this.#with(client, { ...old, settings });
    const final = KNOWN_SETTINGS.includes(setting) ? settingAt(next, place, permission) : setting;
    return {
      first: { method: 'Browser.setPermission', params: { ...params, setting: final } },
      // An origin of its own hides what counts everywhere: that has to be said again for it.
      behind: known || key === EVERYWHERE ? shadowing(next, place) : commandsAt(next, place),
      commit: () => {
        this.#table = next;
      },
    };
  }

  /** Forgets what this client asked for. Returns what the browser has to be told; nothing where it had nothing. */
  drop(client: Client): PermissionCommand[] {
    if (!this.#table.has(client)) return [];
    const next = new Map(this.#table);
    next.delete(client);
    this.#table = next;
    return this.renewal();
  }

  /** Everything anew: what brings the browser, in whatever state, to what the clients want. */
  renewal(): PermissionCommand[] {
    return [
      { method: 'Browser.resetPermissions', params: {} },
      ...placesOf(this.#table).flatMap((place) => commandsAt(this.#table, place)),
    ];
  }

  /** With the browser went everything. */
  clear(): void {
    this.#table = new Map();
  }

  #with(client: Client, entry: Entry): Table<Client> {
    const places = new Map(this.#table.get(client)).set(placeKey(entry.place), entry);
    return new Map(this.#table).set(client, places);
  }
}

const KNOWN_SETTINGS = ['granted', 'denied', 'prompt'];

/** All places that anybody named, the one without an origin first: the others are said over it. */
function placesOf(table: Table<unknown>): Place[] {
  const places = new Map<string, Place>();
  for (const entries of table.values()) for (const [key, { place }] of entries) places.set(key, place);
  const everywhere = places.get(EVERYWHERE);
  places.delete(EVERYWHERE);
  return everywhere ? [everywhere, ...places.values()] : [...places.values()];
}

/** What counts of each client at a place. */
function entriesAt(table: Table<unknown>, place: Place): Entry[] {
  const key = placeKey(place);
  return [...table.values()].flatMap((entries) => entries.get(key) ?? entries.get(EVERYWHERE) ?? []);
}

/** Null where nobody granted anything there. */
function unionAt(table: Table<unknown>, place: Place): string[] | null {
  const granted = entriesAt(table, place).flatMap((entry) => (entry.granted ? [entry.granted] : []));
  return granted.length === 0 ? null : [...new Set(granted.flat())];
}

/** The grant of a place, where there is one, and the settings on top. */
function commandsAt(table: Table<unknown>, place: Place): PermissionCommand[] {
  const permissions = unionAt(table, place);
  const settings = new Map<string, object>();
  for (const entry of entriesAt(table, place)) {
    for (const [key, { permission }] of entry.settings) settings.set(key, permission);
  }
  return [
    ...(permissions === null
      ? []
      : [{ method: 'Browser.grantPermissions' as const, params: { permissions, ...place } }]),
    ...[...settings.values()].map((permission) => ({
      method: 'Browser.setPermission' as const,
      params: { permission, setting: settingAt(table, place, permission), ...place },
    })),
  ];
}

/** What must be said again after a change at `place`: where it counts everywhere, all places of their own. */
function shadowing(table: Table<unknown>, place: Place): PermissionCommand[] {
  if (placeKey(place) !== EVERYWHERE) return [];
  return placesOf(table).flatMap((each) => (placeKey(each) === EVERYWHERE ? [] : commandsAt(table, each)));
}

/** Granted where any client wants it so; else what was set last. */
function settingAt(table: Table<unknown>, place: Place, permission: object): string {
  const key = descriptorKey(permission);
  const type = typeOf(permission);
  let last: Setting | null = null;
  for (const { granted, settings } of entriesAt(table, place)) {
    const own = settings.get(key);
    if (own?.setting === 'granted' || (!own && granted?.includes(type))) return 'granted';
    if (own && (!last || own.order > last.order)) last = own;
  }
  return last?.setting ?? 'prompt';
}

/** Null where an origin is no text. */
function placeOf({ origin, embeddedOrigin }: Record<string, unknown>): Place | null {
  if (origin !== undefined && typeof origin !== 'string') return null;
  if (embeddedOrigin !== undefined && typeof embeddedOrigin !== 'string') return null;
  return {
    ...(origin !== undefined && { origin }),
    ...(embeddedOrigin !== undefined && { embeddedOrigin }),
  };
}

/** The same for all ways to write an origin. */
function placeKey({ origin, embeddedOrigin }: Place): string {
  return JSON.stringify([origin, embeddedOrigin].map((text) => (text && URL.parse(text)?.origin) ?? text));
}

function descriptorKey(permission: object): string {
  return JSON.stringify(Object.entries(permission).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** `Browser.PermissionType` by the names of the Permissions API, where more differs than the way of writing. */
const TYPES: Record<string, string> = {
  microphone: 'audioCapture',
  camera: 'videoCapture',
  push: 'notifications',
  'clipboard-read': 'clipboardReadWrite',
  'clipboard-write': 'clipboardSanitizedWrite',
  'persistent-storage': 'durableStorage',
  'screen-wake-lock': 'wakeLockScreen',
  'system-wake-lock': 'wakeLockSystem',
  accelerometer: 'sensors',
  gyroscope: 'sensors',
  magnetometer: 'sensors',
  'ambient-light-sensor': 'sensors',
};

/** content/browser/devtools/protocol/browser_handler.cc, `PermissionDescriptorToPermissionType`. */
function typeOf(permission: object): string {
  const { name, sysex, panTiltZoom, allowWithoutSanitization } = permission as Record<string, unknown>;
  if (typeof name !== 'string') return '';
  if (name === 'midi' && sysex === true) return 'midiSysex';
  if (name === 'camera' && panTiltZoom === true) return 'cameraPanTiltZoom';
  if (name === 'clipboard-write' && allowWithoutSanitization === true) return 'clipboardReadWrite';
  return TYPES[name] ?? name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
