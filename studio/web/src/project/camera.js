// A photograph by the camera of this computer. Nothing leaves it but for the studio, which runs on it.
import { button, h, say } from "../lib/dom.js";

export const hasCamera = () => Boolean(navigator.mediaDevices?.getUserMedia);

// photograph shows what the camera sees, and answers a picture of it, or null.
export async function photograph() {
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1280 }, facingMode: "user" } });
  } catch (error) {
    say(error.name === "NotFoundError" ? "This computer has no camera." : "The browser does not allow the camera for this page.", true);
    return null;
  }
  const video = h("video", { autoplay: true, playsinline: true, "aria-label": "What the camera sees" });
  video.muted = true;
  video.srcObject = stream;
  return new Promise((resolve) => {
    let taken = null;
    const dialog = h("dialog", { class: "camera", "aria-label": "Camera" }, video, h("div", { class: "row" },
      button("Take the picture", async () => {
        const canvas = h("canvas", { width: video.videoWidth, height: video.videoHeight });
        canvas.getContext("2d").drawImage(video, 0, 0);
        taken = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.95));
        dialog.close();
      }, { class: "main" }),
      button("Cancel", () => dialog.close())));
    dialog.addEventListener("close", () => {
      for (const track of stream.getTracks()) track.stop();
      dialog.remove();
      resolve(taken);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
