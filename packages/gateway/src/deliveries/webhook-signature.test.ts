import { expect, it } from "vitest";
import { webhookHeaders } from "./webhook-signature.ts";

// The example of the Standard Webhooks libraries: a verifier that takes its vector takes ours.
it("signs as Standard Webhooks does", () => {
  const key = Buffer.from("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "base64");
  const headers = webhookHeaders(
    "msg_p5jXN8AQM9LWM0D4loKWxJek",
    Buffer.from('{"test": 2432232314}'),
    key,
    new Date(1_614_265_330_500),
  );
  expect(headers).toEqual({
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  });
});
