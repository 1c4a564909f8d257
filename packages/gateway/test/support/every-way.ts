import { until } from "./dispatching.ts";
import { tellingOfMail } from "./five-ways.ts";
import { startTestGateway, type TestGateway } from "./gateway.ts";
import { type MailServer, startMailServer } from "./mail-server.ts";
import { MovingClock } from "./moving-clock.ts";
import { Shop } from "./stranger.ts";

const operatorToken = "an-operators-token-for-tests";
const merchantAddress = "orders@shop.example";
export const shopperAddress = "sara@example.com";

/** A gateway whose merchant is told in every way there is, and all who listen. */
export interface EveryWay {
  readonly gateway: TestGateway;
  readonly shop: Shop;
  readonly mailServer: MailServer;
  readonly stop: () => Promise<void>;
}

export async function startEveryWay(): Promise<EveryWay> {
  const clock = new MovingClock();
  const shop = await new Shop().open();
  const mailServer = await startMailServer();
  const gateway = await startTestGateway({
    config: {
      operatorToken,
      smtpUrl: `smtp://127.0.0.1:${mailServer.port}`,
      mailFrom: "Wasl <pay@wasl.example>",
    },
    clock,
  });
  const operate = async (method: string, path: string, body: object) => {
    const reply = await fetch(`${gateway.url}/operators/profiles/45001${path}`, {
      method,
      headers: { authorization: `Bearer ${operatorToken}` },
      body: JSON.stringify(body),
    });
    if (!reply.ok) throw new Error(await reply.text());
  };
  const ipns = "/ipn-configurations";
  await operate("POST", ipns, { name: "whole", url: `${shop.url}/ipn/whole` });
  await operate("POST", ipns, { name: "basic", url: `${shop.url}/ipn/basic`, format: "basic_web" });
  await operate("PUT", "/mail", {
    merchant: { address: merchantAddress },
    shopper: { statuses: ["A", "H", "P", "V", "E", "D", "X", "C"] },
  });
  clock.forgetProfiles();
  const stop = async () => {
    await gateway.stop();
    await shop.close();
    await mailServer.close();
  };
  return { gateway, shop, mailServer, stop };
}

export const bodyOf = (message: { body: Buffer }) => JSON.parse(message.body.toString());

/** What a response is about: a bill has several about one reference. */
export interface About {
  readonly ref: string;
  /** Absent: there is one only. */
  readonly status?: string;
}

/** Whether a Callback or IPN is about this. */
export function isAbout({ ref, status }: About, message: { body: Buffer }): boolean {
  const { tran_ref: about, payment_result: result } = bodyOf(message);
  return about === ref && (status === undefined || result.response_status === status);
}

/** Both IPNs of a payment, once they have come. */
export async function ipnsOf({ shop }: EveryWay, about: About) {
  const of = (path: string) => shop.on(path).find((message) => isAbout(about, message));
  await until(() => of("/ipn/whole") !== undefined && of("/ipn/basic") !== undefined, 20_000);
  const [whole, basic] = [of("/ipn/whole"), of("/ipn/basic")];
  if (!whole || !basic) throw new Error("an IPN is missing");
  return { whole, basic };
}

/** How the first line of an e-mail ends. */
const words: Readonly<Record<string, string>> = { P: "pending", A: "approved", X: "expired" };

/** The one mail to the merchant and the one to the shopper, once they have come. */
export async function mailsOf({ mailServer }: EveryWay, { ref, status }: About) {
  const ending = status === undefined ? "" : ` ${words[status]}`;
  const of = (to: string) =>
    mailServer.mails.filter(
      (mail) =>
        mail.to.includes(to) &&
        tellingOfMail(mail).tranRef === ref &&
        mail.text.split("\n")[0]?.endsWith(ending),
    );
  await until(() => of(merchantAddress).length > 0 && of(shopperAddress).length > 0);
  const [mail, secondMail] = of(merchantAddress);
  const [shopperMail, secondShopperMail] = of(shopperAddress);
  if (!mail || !shopperMail || secondMail || secondShopperMail) {
    throw new Error(`not one e-mail each about ${ref}`);
  }
  return { mail, shopperMail };
}
