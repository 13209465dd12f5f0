// signals: what the doorkeeper hears and feels: a result is known without looking.

let audio = null;

// Browsers allow sound after the first touch of the page.
export function allow_sound() {
	try {
		audio ??= new AudioContext();
		audio.resume();
	} catch {
		/* a device without sound */
	}
}

function tone(frequency, begin, length, shape) {
	const source = audio.createOscillator(),
		volume = audio.createGain(),
		at = audio.currentTime + begin;
	source.type = shape;
	source.frequency.value = frequency;
	volume.gain.setValueAtTime(0.25, at);
	volume.gain.exponentialRampToValueAtTime(0.001, at + length);
	source.connect(volume).connect(audio.destination);
	source.start(at);
	source.stop(at + length);
}

export function signal(good) {
	navigator.vibrate?.(good ? 80 : [200, 80, 200]);
	if (audio?.state !== "running") return;
	if (good) {
		tone(880, 0, 0.12, "sine");
		tone(1320, 0.1, 0.18, "sine");
	} else {
		tone(180, 0, 0.25, "square");
		tone(140, 0.25, 0.35, "square");
	}
}
