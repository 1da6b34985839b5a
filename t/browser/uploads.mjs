// The uploads folder that belongs to a WordPress export, with drawn stand-ins for its pictures:
//     node uploads.mjs EXPORT.xml FOLDER
// Wide, square and tall ones, so that covers, galleries and captions are seen with every shape.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';

const SHAPES = [[1200, 800], [580, 300], [800, 1200], [300, 300], [1600, 500]];

// CRC-32 as PNG has it (ISO 3309); zlib.crc32 is younger than Debian 12's node.
function crc32(data) {
  let crc = ~0;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function chunk(kind, data) {
  const body = Buffer.concat([Buffer.from(kind), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

// A diagonal band on a plain ground, in a colour of its own: one byte a pixel, a palette of two.
function png(width, height, hue) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      rows[y * (width + 1) + 1 + x] = (x + y) % 400 < 120 ? 1 : 0;
    }
  }
  const palette = Buffer.from([hue, 150, 255 - hue, 235, 228, 215]);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', head), chunk('PLTE', palette),
    chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0)),
  ]);
}

const [source, folder] = process.argv.slice(2);
const PICTURE =
  /https?:\/\/[^/\s"'<]+\/(?:wp-content\/uploads\/)?(\d{4}\/\d\d\/[\w.-]+\.(?:jpe?g|png))/g;
const paths = new Set();
for (const [, path] of readFileSync(source, 'utf8').matchAll(PICTURE)) paths.add(path);
let count = 0;
for (const path of paths) {
  const [width, height] = SHAPES[count % SHAPES.length];
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), png(width, height, (count * 37) % 256));
  count++;
}
