// The text of the sweep file, and what the service says of it. One request is under way at a time.

const PAUSE = 300;  // milliseconds after the last key before the text is checked

export class Draft {
  #file; #told; #pending = {}; #timer = null; #running = false; #asked = false;

  // told: changing() at every change, settled(answer) when the service has said all of the text, refused(line).
  constructor(file, told) { this.#file = file; this.#told = told; }

  // A user entered a value into a field.
  change(place, raw) { this.#pending[place] = raw; this.edited(); }

  // A user edited the text.
  edited() {
    this.#told.changing();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#run(), PAUSE);
  }

  // Put the cursor on a line of the text.
  show(line) {
    const lines = this.#file.value.split("\n"), start = lines.slice(0, (line ?? 1) - 1).join("\n").length + (line > 1 ? 1 : 0);
    this.#file.focus();
    this.#file.setSelectionRange(start, start + (lines[(line ?? 1) - 1] ?? "").length);
    this.#look(line ?? 1);
  }

  async #run() {
    this.#asked = true;
    if (this.#running) { return; }
    this.#running = true;
    try { while (this.#asked) { await this.#ask(); } } finally { this.#running = false; }
  }

  async #ask() {
    const text = this.#file.value, changes = this.#pending;
    this.#pending = {};
    this.#asked = false;
    const found = await this.#sent({ text, changes });
    if (typeof found === "string") {
      this.#pending = { ...changes, ...this.#pending };
      if (!this.#asked) { this.#told.refused(found); }
      return;
    }
    if (this.#file.value !== text) {  // it was edited meanwhile: the fields change the newer text
      this.#pending = { ...changes, ...this.#pending };
      this.#asked = true;
      return;
    }
    if (found.text !== text) { this.#write(found.text); }
    if (Object.keys(this.#pending).length) { this.#asked = true; }
    if (!this.#asked) { this.#told.settled(found); }
  }

  async #sent(body) {
    try {
      const answer = await fetch("/api/drafts", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
      const found = await answer.json();
      return answer.ok ? found : answer.status === 401 ? "You are logged out. Log in in another tab, then change something here: nothing is lost." : found.error;
    } catch { return "The service does not answer. Nothing is lost: it is asked again at the next change."; }
  }

  // Replace only what is another text, so that the cursor stays where it is.
  #write(text) {
    const old = this.#file.value;
    let start = 0, end = 0;
    while (start < old.length && old[start] === text[start]) { start += 1; }
    while (end < Math.min(old.length, text.length) - start && old[old.length - 1 - end] === text[text.length - 1 - end]) { end += 1; }
    this.#file.setRangeText(text.slice(start, text.length - end), start, old.length - end, "preserve");
    this.#look(text.slice(0, start).split("\n").length);
  }

  #look(line) {
    const height = parseFloat(getComputedStyle(this.#file).lineHeight);
    const top = (line - 1) * height, { scrollTop, clientHeight } = this.#file;
    if (top < scrollTop || top > scrollTop + clientHeight - 2 * height) { this.#file.scrollTop = top - clientHeight / 2; }
  }
}
