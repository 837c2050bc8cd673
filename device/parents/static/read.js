// The open book: taps, keys and scrolling move the highlighted sentence and tell the box which one it is.
// Each report stands alone and nothing waits for it; the server's clock and forms do the same without this file.
const book = document.getElementById("book");
const lines = [...book.children];
const aloud = Boolean(book.dataset.aloud);
let here = Number(book.dataset.here);
let seq = 0; // grows with each report, through reloads too
let scrolledByHand = 0;

function show(sentence, follow) {
  here = Math.max(0, Math.min(sentence, lines.length - 1));
  for (const line of book.querySelectorAll("[aria-current]")) line.removeAttribute("aria-current");
  lines[here].setAttribute("aria-current", "true");
  if (follow) lines[here].scrollIntoView({ block: "center" });
  const finish = document.querySelector("#finish [name=sentence]");
  if (finish) finish.value = here;
}

function turn(sentence, follow = true) {
  if (aloud || sentence === here) return;
  show(sentence, follow);
  const form = document.querySelector("#turns [name=form]").value;
  seq = Math.max(seq + 1, Date.now());
  const report = new URLSearchParams({ form, id: book.dataset.id, sentence: here, seq });
  fetch("/at", { method: "POST", body: report, keepalive: true }).catch(() => {});
}

for (const [step, form] of [...document.querySelectorAll("#turns form")].entries()) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    turn(here + (step ? 1 : -1));
  });
}
book.addEventListener("click", (event) => {
  const line = lines.indexOf(event.target.closest("p"));
  if (line >= 0) turn(line === here ? here + 1 : line);
});
document.addEventListener("keydown", (event) => {
  if (event.target.closest("button, a, input") || event.ctrlKey || event.metaKey || event.altKey) return;
  const step = { ArrowRight: 1, ArrowDown: 1, " ": 1, PageDown: 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1 }[event.key];
  if (!step || aloud) return;
  event.preventDefault();
  turn(here + step);
});
for (const kind of ["wheel", "touchmove"]) {
  addEventListener(kind, () => { scrolledByHand = Date.now(); }, { passive: true });
}
addEventListener("scroll", () => {
  if (Date.now() - scrolledByHand > 1500) return;
  const eye = innerHeight * 0.4;
  const nearest = lines.reduce((best, line) => (distance(line, eye) < distance(best, eye) ? line : best));
  turn(lines.indexOf(nearest), false);
}, { passive: true });

function distance(line, eye) {
  const box = line.getBoundingClientRect();
  return Math.max(box.top - eye, eye - box.bottom, 0);
}

setInterval(async () => {
  const now = await fetch("/reading").then((reply) => reply.json()).catch(() => null);
  if (!now) return;
  if (now.id !== book.dataset.id) location.replace(location.pathname);
  else if (aloud && now.sentence !== here) show(now.sentence, true);
}, 2000);
show(here, true);
