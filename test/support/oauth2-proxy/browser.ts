/** A headless Chromium for which every name under local.test is this machine. */
import chromium from "@sparticuz/chromium";
import { type Browser, chromium as playwright } from "playwright-core";

/** With it the first page that is closed takes the browser along. */
const SINGLE_PROCESS = "--single-process";

/** Starts the browser. */
export async function startBrowser(): Promise<Browser> {
  return playwright.launch({
    executablePath: await chromium.executablePath(),
    args: [
      ...chromium.args.filter((argument) => argument !== SINGLE_PROCESS),
      "--host-resolver-rules=MAP *.local.test 127.0.0.1",
    ],
    headless: true,
  });
}
