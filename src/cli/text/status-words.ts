/** Shares, caches and times of the status in words. */
import { formatDuration } from "../../kernel/duration.ts";
import type { CachedEntry, OrderEntry } from "./status-document.ts";

/** The progress of a drain: "40 % left, until 13:22:11 UTC", "drained since 13:12:11 UTC". `now` is an ISO date. */
export function shareText({ share, since, until }: OrderEntry, now: string): string {
  if (share === 0) return `drained since ${timeOf(until ?? since, now)}`;
  return `${Math.round(((share ?? 255) / 255) * 100)} % left, until ${timeOf(until, now)}`;
}

export function cachedText({ addresses, held, until }: CachedEntry, now: string): string {
  const all = addresses === 1 ? "the 1 address" : `the ${addresses} addresses`;
  if (held > 0) return `${held} of ${all} may still be in caches, until ${timeOf(until, now)}`;
  return `none of ${all} is in caches that honour TTLs any more`;
}

/** Without the day when it is today. */
export function timeOf(date: string | null, now: string): string {
  const parts = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)/.exec(date ?? "");
  if (parts === null) return "an unknown time";
  const [, day = "", time = ""] = parts;
  return now.startsWith(day) ? `${time} UTC` : `${day} ${time} UTC`;
}

export function ago(date: string, now: string): string {
  return date === "now" || date === "" ? "now" : `${age(date, now)} ago`;
}

export function age(date: string, now: string): string {
  const seconds = Math.floor((Date.parse(now) - Date.parse(date)) / 1000);
  return Number.isFinite(seconds) ? formatDuration(seconds * 1000) : "an unknown time";
}
