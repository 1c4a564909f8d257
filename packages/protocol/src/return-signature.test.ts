import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { encodeForm } from "./form-encoding.ts";
import { returnSigningText } from "./return-signature.ts";

const key = "SZJ6NTEST1-JKLM4TEST2-WXYZ9TEST3";
const sign = (text: string) => createHmac("sha256", key).update(text).digest("hex");

const paid = {
  acquirerMessage: "",
  acquirerRRN: "",
  cartId: "order-7001",
  customerEmail: "sara@example.com",
  respCode: "G40217",
  respMessage: "Authorised",
  respStatus: "A",
  token: "",
  tranRef: "TST2609100000101",
};

/** The vectors of protocol.md 6.5. */
const vectors = [
  {
    name: "paid",
    fields: paid,
    text: "cartId=order-7001&customerEmail=sara%40example.com&respCode=G40217&respMessage=Authorised&respStatus=A&tranRef=TST2609100000101",
    signature: "b74da54170f59894610a203b7561ba02195af189ccb02953f9deb2c8d580c506",
  },
  {
    name: "paid, live style with token",
    fields: {
      ...paid,
      acquirerMessage: "Approved",
      acquirerRRN: "609112345678",
      respCode: "083274",
      token: "A1B2C3D4E5F60718293A4B5C6D7E8F90",
      tranRef: "SFT2609100000102",
    },
    text: "acquirerMessage=Approved&acquirerRRN=609112345678&cartId=order-7001&customerEmail=sara%40example.com&respCode=083274&respMessage=Authorised&respStatus=A&token=A1B2C3D4E5F60718293A4B5C6D7E8F90&tranRef=SFT2609100000102",
    signature: "07f010b8b9854ce64cdaf16c3b00ca5b4fc138e77124b97202a1b354ae6c1063",
  },
  {
    name: "declined",
    fields: {
      ...paid,
      cartId: "order-7002",
      customerEmail: "sara+test@example.com",
      respCode: "305",
      respMessage: "Card security code (CVV) mismatch",
      respStatus: "D",
      tranRef: "TST2609100000103",
    },
    text: "cartId=order-7002&customerEmail=sara%2Btest%40example.com&respCode=305&respMessage=Card+security+code+%28CVV%29+mismatch&respStatus=D&tranRef=TST2609100000103",
    signature: "ff0601eb89b9104257632240678fb2b361943c0e7b030c601e7f84573c52152f",
  },
  {
    name: "cancelled",
    fields: {
      ...paid,
      cartId: "order-7003",
      respCode: "321",
      respMessage: "Cancelled",
      respStatus: "C",
      tranRef: "TST2609100000104",
    },
    text: "cartId=order-7003&customerEmail=sara%40example.com&respCode=321&respMessage=Cancelled&respStatus=C&tranRef=TST2609100000104",
    signature: "d77584723ae6a8a6f981f76946ce264f613028ad927011c596b1d879d55b7233",
  },
  {
    name: "UTF-8, ampersand, slash",
    fields: {
      ...paid,
      cartId: "طلب 9/1",
      customerEmail: "a&b@example.com",
      tranRef: "TST2609100000105",
    },
    text: "cartId=%D8%B7%D9%84%D8%A8+9%2F1&customerEmail=a%26b%40example.com&respCode=G40217&respMessage=Authorised&respStatus=A&tranRef=TST2609100000105",
    signature: "9fdf67a82228def70df647b3b509d5d3aeadd5e33ef78b4feaaa5a9076a71cf1",
  },
  {
    name: "GET variant",
    fields: {
      cartId: "order-7001",
      respCode: "G40217",
      respMessage: "Authorised",
      respStatus: "A",
      tranRef: "TST2609100000101",
    },
    text: "cartId=order-7001&respCode=G40217&respMessage=Authorised&respStatus=A&tranRef=TST2609100000101",
    signature: "b13eed5e6cb97a51f1112af9f171930682dcdf7ab3e71239a034ec8d7859f30a",
  },
];

test.each(vectors)("signs the vector: $name", ({ fields, text, signature }) => {
  expect(returnSigningText(fields)).toBe(text);
  expect(sign(returnSigningText({ ...fields, signature: "ignored" }))).toBe(signature);
});

test("the whole wire body of the first vector keeps empty fields and PHP's escapes", () => {
  const signature = sign(returnSigningText(paid));
  const { token, tranRef, ...before } = paid;
  const body = encodeForm(Object.entries({ ...before, signature, token, tranRef }));
  expect(body).toBe(
    "acquirerMessage=&acquirerRRN=&cartId=order-7001&customerEmail=sara%40example.com&respCode=G40217&respMessage=Authorised&respStatus=A&signature=b74da54170f59894610a203b7561ba02195af189ccb02953f9deb2c8d580c506&token=&tranRef=TST2609100000101",
  );
});

test("escapes what JavaScript's own encoders leave alone", () => {
  expect(encodeForm([["a", "~!*'() -_.x"]])).toBe("a=%7E%21%2A%27%28%29+-_.x");
});
