import { posix, win32 } from 'node:path';

export type Scope = 'user' | 'project';

/** Where files are looked for. */
export interface Place {
  platform: NodeJS.Platform;
  /** The person's home folder. */
  home: string;
  /** The project's folder: the working directory. */
  cwd: string;
  env: NodeJS.Dict<string>;
}

/** A file below the home folder. */
export function inHome({ platform, home }: Place, ...parts: string[]): string {
  return pathsOf(platform).join(home, ...parts);
}

/** A file of the project. */
export function inProject({ platform, cwd }: Place, ...parts: string[]): string {
  return pathsOf(platform).join(cwd, ...parts);
}

/** A file below the folder that this variable names, else below one of the home folder. */
export function inMoved(place: Place, variable: string, folder: string[], ...parts: string[]): string {
  const moved = place.env[variable];
  return moved ? pathsOf(place.platform).join(moved, ...parts) : inHome(place, ...folder, ...parts);
}

/** A file of a desktop program: Application Support, %APPDATA% or ~/.config. */
export function inAppData(place: Place, ...parts: string[]): string {
  switch (place.platform) {
    case 'darwin':
      return inHome(place, 'Library', 'Application Support', ...parts);
    case 'win32':
      return inMoved(place, 'APPDATA', ['AppData', 'Roaming'], ...parts);
    default:
      return inMoved(place, 'XDG_CONFIG_HOME', ['.config'], ...parts);
  }
}

function pathsOf(platform: NodeJS.Platform): typeof posix {
  return platform === 'win32' ? win32 : posix;
}
