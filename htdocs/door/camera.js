// camera: finds QR codes in the pictures of the camera.

const PAUSE_MS = 90; // between two looks
const SIDE = 720; // pixels of the longer side of what is looked at

// The browser's own detector, or the decoder that htdocs/door/fetch has put here.
async function make_reader() {
	if ("BarcodeDetector" in window) {
		const formats = await BarcodeDetector.getSupportedFormats();
		if (formats.includes("qr_code")) {
			const detector = new BarcodeDetector({ formats: ["qr_code"] });
			return async (canvas) => (await detector.detect(canvas))[0]?.rawValue ?? null;
		}
	}
	const { decodeQR } = await import("./qr/decode.js");
	return async (canvas, context) => {
		try {
			return decodeQR(context.getImageData(0, 0, canvas.width, canvas.height));
		} catch {
			return null; // there is none in this picture
		}
	};
}

// Shows the camera in `video` and calls found(text) for each picture with a code, until the
// function that it returns is called. Rejects with an Error whose name says why not:
// NotAllowedError, NotFoundError, or another when there is nothing to read codes with.
export async function watch(video, found) {
	const read = await make_reader();
	const stream = await navigator.mediaDevices.getUserMedia({
		audio: false,
		video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } },
	});
	const canvas = document.createElement("canvas"),
		context = canvas.getContext("2d", { willReadFrequently: true });
	let timer = null,
		ended = false;
	async function look() {
		if (video.videoWidth && !document.hidden) {
			const scale = Math.min(1, SIDE / Math.max(video.videoWidth, video.videoHeight));
			canvas.width = Math.round(video.videoWidth * scale);
			canvas.height = Math.round(video.videoHeight * scale);
			context.drawImage(video, 0, 0, canvas.width, canvas.height);
			const text = await read(canvas, context);
			if (text && !ended) found(text);
		}
		if (!ended) timer = setTimeout(look, PAUSE_MS);
	}
	video.srcObject = stream;
	video.muted = true;
	video.playsInline = true;
	await video.play();
	look();
	return () => {
		ended = true;
		clearTimeout(timer);
		for (const track of stream.getTracks()) track.stop();
	};
}
