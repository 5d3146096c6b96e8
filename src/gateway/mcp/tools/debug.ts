import { getClickableElements } from './debug/clickable.ts';
import { consoleTools } from './debug/console.ts';
import { consoleCommand } from './debug/console-command.ts';
import { diagnosePage } from './debug/diagnose.ts';
import { debugElement } from './debug/element.ts';
import { networkTools } from './debug/network.ts';
import { performanceMetrics } from './debug/performance.ts';
import { monitorWebSocket } from './debug/web-socket.ts';
import type { Tool } from './tool.ts';

/** Why a page does what it does. */
export const debug: readonly Tool[] = [
  ...consoleTools,
  consoleCommand,
  ...networkTools,
  monitorWebSocket,
  performanceMetrics,
  diagnosePage,
  debugElement,
  getClickableElements,
];
