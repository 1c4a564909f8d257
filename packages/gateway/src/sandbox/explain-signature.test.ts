import { describe, expect, test } from "vitest";
import { explainCallbackSignature, explainReturnSignature } from "./explain-signature.ts";

// Keys, texts and signatures of protocol.md 6.5 and 7.
const key = "SZJ6NTEST1-JKLM4TEST2-WXYZ9TEST3";

const paid =
  "acquirerMessage=&acquirerRRN=&cartId=order-7001&customerEmail=sara%40example.com" +
  "&respCode=G40217&respMessage=Authorised&respStatus=A" +
  "&signature=b74da54170f59894610a203b7561ba02195af189ccb02953f9deb2c8d580c506" +
  "&token=&tranRef=TST2609100000101";

const callbackBody =
  '{"tran_ref":"TST2609100000101","merchant_id":20001,"profile_id":45001,"cart_id":"order-7001",' +
  '"cart_description":"سلة مشتريات / basket","cart_currency":"SAR","cart_amount":"500.00",' +
  '"tran_currency":"SAR","tran_total":"500.00","tran_type":"Sale","tran_class":"ECom",' +
  '"customer_details":{"name":"Sara Ali","email":"sara@example.com","phone":"+966500000001",' +
  '"street1":"King Rd 1","city":"Riyadh","state":"01","country":"SA","zip":"12345",' +
  '"ip":"203.0.113.9"},"payment_result":{"response_status":"A","response_code":"G40217",' +
  '"response_message":"Authorised","acquirer_ref":"TRAN0101.69CD0A1D.0000A001","cvv_result":" ",' +
  '"avs_result":" ","transaction_time":"2026-04-01T12:05:49Z"},"payment_info":{' +
  '"payment_method":"Visa","card_type":"Credit","card_scheme":"Visa",' +
  '"payment_description":"4111 11## #### 1111","expiryMonth":12,"expiryYear":2029,' +
  '"issuerCountry":"SA","issuerName":"Example Bank"},"user_defined":{"udf1":"web"},' +
  '"ipn_trace":"IPNS0101.69CD0A1F.0000B001","paymentChannel":"Payment Page"}';

const callbackSignature = "591dc2f03d9654b319edfe9729b313c6131e456ea0c08288e34bdb96ddbda57a";

const returned = (form: string) => explainReturnSignature([...new URLSearchParams(form)], key);

describe("a Return's signature", () => {
  test("is checked in six steps, each with what it gives", () => {
    const explanation = returned(paid);
    expect(explanation.verdict).toBe("valid");
    expect(explanation.steps.map(({ title }) => title)).toEqual([
      "Take all fields but signature: 9",
      "Drop the empty ones: 3",
      "Sort by name and encode as PHP's http_build_query does",
      "Join with &",
      "HMAC-SHA256 with the server key SZJ6…",
      "Compare with the signature that came",
    ]);
    expect(explanation.steps[1]?.lines).toEqual(["acquirerMessage, acquirerRRN, token"]);
    expect(explanation.steps[3]?.lines).toEqual([
      "cartId=order-7001&customerEmail=sara%40example.com&respCode=G40217" +
        "&respMessage=Authorised&respStatus=A&tranRef=TST2609100000101",
    ]);
  });

  test.each([
    [
      "declined",
      "cartId=order-7002&customerEmail=sara%2Btest%40example.com&respCode=305&respMessage=Card+security+code+%28CVV%29+mismatch&respStatus=D&tranRef=TST2609100000103",
      "ff0601eb89b9104257632240678fb2b361943c0e7b030c601e7f84573c52152f",
    ],
    [
      "Arabic",
      "cartId=%D8%B7%D9%84%D8%A8+9%2F1&customerEmail=a%26b%40example.com&respCode=G40217&respMessage=Authorised&respStatus=A&tranRef=TST2609100000105",
      "9fdf67a82228def70df647b3b509d5d3aeadd5e33ef78b4feaaa5a9076a71cf1",
    ],
    [
      "the GET variant",
      "cartId=order-7001&respCode=G40217&respMessage=Authorised&respStatus=A&tranRef=TST2609100000101",
      "b13eed5e6cb97a51f1112af9f171930682dcdf7ab3e71239a034ec8d7859f30a",
    ],
  ])("of %s is the published one", (_, signed, signature) => {
    const explanation = returned(`${signed}&signature=${signature}`);
    expect(explanation).toMatchObject({ verdict: "valid", computed: signature });
    expect(explanation.steps[3]?.lines).toEqual([signed]);
  });

  test("is wrong when a field was changed, and absent when it is missing", () => {
    expect(returned(paid.replace("respStatus=A", "respStatus=D")).verdict).toBe("wrong");
    expect(returned(paid.replace(/signature=\w+/, "signature=")).verdict).toBe("absent");
    expect(returned(paid.replace("b74d", "B74D")).verdict).toBe("wrong");
    expect(returned("").verdict).toBe("absent");
  });
});

describe("a Callback's signature", () => {
  test("covers the raw bytes", () => {
    const body = Buffer.from(callbackBody);
    expect(body.length).toBe(994);
    const explanation = explainCallbackSignature(body, callbackSignature, key);
    expect(explanation.verdict).toBe("valid");
    expect(explanation.steps[0]?.title).toContain("994");
  });

  test("is wrong for the same JSON written otherwise", () => {
    const rewritten = Buffer.from(JSON.stringify(JSON.parse(callbackBody), null, 1));
    expect(explainCallbackSignature(rewritten, callbackSignature, key).verdict).toBe("wrong");
    expect(explainCallbackSignature(rewritten, undefined, key).verdict).toBe("absent");
  });
});

test("of the server key only the first four characters are told", () => {
  const told = JSON.stringify([
    returned(paid),
    explainCallbackSignature(Buffer.from(callbackBody), callbackSignature, key),
  ]);
  expect(told).toContain("SZJ6…");
  expect(told).not.toContain(key.slice(0, 5));
});
