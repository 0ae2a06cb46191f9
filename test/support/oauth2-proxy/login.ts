/** What the sample of a dashboard behind a login must do, on every kind of gateway. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import type { Echo } from "../../../tools/demo/upstream.ts";
import { headerValues } from "../client.ts";
import { eventually } from "../eventually.ts";
import type { LoginScene } from "./scene.ts";

/** Host of the APIRule in the samples `dashboard-login.yaml`, with which these tests run. */
export const DASHBOARD_HOST = "dashboard.local.test";

const IN_FORCE_WITHIN_MS = 20_000;

/** Declares the tests. The last one stops oauth2-proxy. */
export function testLogin(scene: () => LoginScene): void {
  test("who is not logged in is sent to the provider", async () => {
    await eventually(async () => {
      const response = await scene().get("/");
      expect([response.status, response.body]).toEqual([302, expect.anything()]);
      expect(headerValues(response.headers, "location").join()).toMatch(/\/auth\?.*client_id=oauth2-proxy/);
    }, IN_FORCE_WITHIN_MS);
  });

  test("a browser logs in, comes back to its page, and stays logged in", async () => {
    const { browser, url } = scene();
    const page = await browser.newPage();
    await page.goto(`${url}/report?page=2`);
    await logIn(page, "alice");
    await page.waitForURL(`${url}/report?page=2`);
    const seen = await echoIn(page);
    expect(seen.path).toBe("/report?page=2");
    expect(headerValues(seen.headers, "x-auth-request-email")).toEqual(["alice@local.test"]);
    expect(headerValues(seen.headers, "x-webauth-user")).toEqual(["alice@local.test"]);
    await page.goto(`${url}/other`);
    expect((await echoIn(page)).path).toBe("/other");
    const stranger = await (await browser.newContext()).newPage();
    await stranger.goto(`${url}/other`);
    expect(new URL(stranger.url()).hostname).not.toBe(DASHBOARD_HOST);
    await stranger.context().close();
    await page.close();
  });

  test("what oauth2-proxy tells the upstream cannot be forged", async () => {
    const { get, token } = scene();
    const response = await get("/", [
      ["authorization", `Bearer ${await token()}`],
      ["x-auth-request-email", "root@local.test"],
      ["x-webauth-user", "root@local.test"],
    ]);
    expect(response.status).toBe(200);
    const { headers } = JSON.parse(response.body) as Echo;
    expect(headerValues(headers, "x-auth-request-email")).not.toContain("root@local.test");
    expect(headerValues(headers, "x-webauth-user")).not.toContain("root@local.test");
  });

  test("a bearer token is accepted without a login, and a forged one is refused", async () => {
    const { get, token } = scene();
    const good = await token();
    expect((await get("/", [["authorization", `Bearer ${good}`]])).status).toBe(200);
    const forged = `${good.slice(0, good.lastIndexOf("."))}.${"A".repeat(342)}`;
    expect((await get("/", [["authorization", `Bearer ${forged}`]])).status).toBe(403);
    const cookie: [string, string] = ["cookie", "_oauth2_proxy=forged"];
    expect((await get("/", [cookie])).status).toBe(302);
  });

  test("nobody passes while oauth2-proxy is down", async () => {
    const { proxy, get, token } = scene();
    await proxy.stop();
    const response = await get("/", [["authorization", `Bearer ${await token()}`]]);
    expect(response.status).toBe(503);
  });
}

async function logIn(page: Page, name: string): Promise<void> {
  await page.fill("input[name=login]", name);
  await page.fill("input[name=password]", "any");
  await page.click("button[type=submit]");
  await page.click("button[type=submit]");
}

async function echoIn(page: Page): Promise<Echo> {
  return JSON.parse((await page.textContent("pre")) ?? "") as Echo;
}
