// What is projected: a held-out image, or a square of an upload. In the address, an upload is
// "ID,width,height,x,y,side".

export function readSource(image, uploaded) {
  if (image) return { image };
  if (!uploaded) return null;
  const [upload, ...numbers] = uploaded.split(",");
  const [width, height, x, y, side] = numbers.map(Number);
  return numbers.length === 5 && numbers.every((n) => n !== "" && Number.isFinite(Number(n))) ? { upload, width, height, crop: { x, y, side } } : null;
}

export const writeSource = (source) => ({
  image: source?.image ?? "",
  upload: source?.upload ? [source.upload, source.width, source.height, source.crop.x, source.crop.y, source.crop.side].join() : "",
});

// asked is a source as the server takes it.
export const asked = (source) => source && (source.image ? { image: source.image } : { upload: source.upload, crop: source.crop });
