// nodemailer, pooled: send_nodemailer.mjs FILE PORT CONNECTIONS NUMBER raw|html; prints seconds.
import { readFileSync } from "node:fs";
import nodemailer from "nodemailer";

const [file, port, connections, number, shape] = process.argv.slice(2);
const content = readFileSync(file);
const html = content.toString("utf-8");
const transport = nodemailer.createTransport({
  host: "127.0.0.1", port: Number(port), pool: true, maxConnections: Number(connections), maxMessages: Infinity,
  ignoreTLS: true,
});
const begun = process.hrtime.bigint();
await Promise.all(Array.from({ length: Number(number) }, (_, n) => transport.sendMail(shape === "raw"
  ? { envelope: { from: "lettre@rtes.example", to: `p${n}@example.org` }, raw: content }
  : { from: "lettre@rtes.example", to: `p${n}@example.org`, subject: "La newsletter d'avril",
      text: `Bonjour Personne ${n},\n`, html: html.replaceAll("@@name@@", `Personne ${n}`) })));
console.log(Number(process.hrtime.bigint() - begun) / 1e9);
transport.close();
