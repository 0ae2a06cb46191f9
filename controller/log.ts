import { type DestinationStream, destination, type LevelWithSilent, type Logger, pino } from "pino";

export type { Logger };

/** Levels that the command line offers, the most talkative one first. */
export const LOG_LEVELS = [
  "debug",
  "info",
  "warn",
  "error",
  "silent",
] as const satisfies readonly LevelWithSilent[];

export type LogLevel = (typeof LOG_LEVELS)[number];

/** A logger to standard error: readable lines on a terminal, one JSON object a line everywhere else. */
export function createLogger(level: LogLevel): Logger {
  const readable: DestinationStream = { write: (line) => process.stderr.write(toReadableLine(line)) };
  const stream = process.stderr.isTTY ? readable : destination({ dest: 2, sync: true });
  return pino(
    {
      level,
      base: null,
      formatters: { level: (label) => ({ level: label }) },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    stream,
  );
}

/** Rewrites one JSON log line as `12:00:00 warn   message  field=value`. */
export function toReadableLine(line: string): string {
  const { level, time, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const rest = Object.entries(fields).map(([name, value]) => `  ${name}=${toText(value)}`);
  return `${String(time).slice(11, 19)} ${String(level).padEnd(5)} ${String(msg)}${rest.join("")}\n`;
}

function toText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
