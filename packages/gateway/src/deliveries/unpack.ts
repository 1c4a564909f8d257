import { constants, createGunzip } from "node:zlib";

/**
 * Unpacks gzip up to a size, away from the event loop's thread. What was packed may have been cut, be
 * damaged, or be a bomb: what could be unpacked by then is of use all the same, and is often nothing.
 *
 * @param bytesMax of what is returned; not much more is ever unpacked
 * @example await unpackGzip(gzipSync("…"), 65_536);
 */
export function unpackGzip(packed: Buffer, bytesMax: number): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const gunzip = createGunzip({
      // Never in bigger pieces than are wanted in all.
      chunkSize: Math.max(64, Math.min(16_384, bytesMax)),
      // Says at the end what it has, though the packed bytes may have been cut.
      finishFlush: constants.Z_SYNC_FLUSH,
    });
    const finish = () => {
      gunzip.destroy();
      resolve(Buffer.concat(chunks).subarray(0, bytesMax));
    };
    gunzip.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= bytesMax) finish();
    });
    gunzip.on("end", finish).on("error", finish);
    gunzip.end(packed);
  });
}
