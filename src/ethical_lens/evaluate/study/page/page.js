"use strict";

const part = (id) => document.getElementById(id);
const buttons = [...document.querySelectorAll("#buttons button")];
let task = null;
let shownAt = 0;
let busy = false;

async function ask(path, body) {
  const options = body === undefined
    ? {}
    : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(path, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error || `the server answered ${response.status}`);
  return answer;
}

// An answer that cannot be sent is tried again: the server takes it once, however often it arrives.
async function askUntilHeard(path, body) {
  for (let wait = 500; ; wait = Math.min(wait * 2, 8000)) {
    try {
      const answer = await ask(path, body);
      show("error", false);
      return answer;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      complain("There is no connection. Your answer is not lost: it is sent again in a moment.");
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

function show(id, visible) {
  part(id).hidden = !visible;
}

function complain(message) {
  part("error").textContent = message;
  show("error", true);
}

function paragraphs(id, texts) {
  part(id).replaceChildren(...texts.map((text) => {
    const made = document.createElement("p");
    made.textContent = text;
    return made;
  }));
}

function section(name) {
  for (const id of ["consent", "task", "finished"]) show(id, id === name);
  show("leave", name !== "consent");
}

function unseen() {
  return [...document.querySelectorAll(".picture.blurred")];
}

function refresh() {
  const waiting = busy || unseen().length > 0 || document.querySelectorAll("#pictures img:not(.loaded)").length > 0;
  for (const button of buttons) button.disabled = waiting;
  show("hint", unseen().length > 0);
}

function reveal(frame) {
  frame.classList.remove("blurred");
  frame.setAttribute("aria-label", `${frame.dataset.name}; press to enlarge`);
  refresh();
}

function picture(address, place, count) {
  const frame = document.createElement("button");
  frame.type = "button";
  frame.className = task.blurred ? "picture blurred" : "picture";
  frame.dataset.name = count === 1 ? "The picture" : ["Left picture", "Right picture"][place];
  frame.setAttribute("aria-label", frame.dataset.name + (task.blurred ? ", blurred; press to see it" : ""));
  const image = document.createElement("img");
  image.alt = frame.dataset.name;
  image.addEventListener("load", () => { image.classList.add("loaded"); shownAt = performance.now(); refresh(); });
  image.addEventListener("error", () => complain("A picture could not be loaded. Please reload the page."));
  image.src = address;
  frame.append(image);
  frame.addEventListener("click", () => {
    if (frame.classList.contains("blurred")) reveal(frame);
    else part("pictures").classList.toggle("large");
  });
  return frame;
}

async function next() {
  task = await askUntilHeard("api/task");
  if (task.finished) {
    show("progress", false);
    show("count", false);
    section("finished");
    return;
  }
  part("bar").style.width = `${100 * task.done / task.total}%`;
  part("progress").setAttribute("aria-valuenow", task.done);
  part("progress").setAttribute("aria-valuemax", task.total);
  part("count").textContent = `${task.done + 1} of ${task.total}`;
  show("progress", true);
  show("count", true);
  part("prompt").textContent = task.prompt;
  part("pictures").classList.remove("large");
  part("pictures").replaceChildren(
    ...task.pictures.map((address, place) => picture(address, place, task.pictures.length)));
  part("task").dataset.item = task.item;
  section("task");
  shownAt = performance.now();
  busy = false;
  refresh();
}

async function answer(key) {
  if (busy || task === null || task.finished || part("task").hidden || buttons[0].disabled) return;
  busy = true;
  refresh();
  const seconds = (performance.now() - shownAt) / 1000;
  await guarded(async () => {
    await askUntilHeard("api/answer", { item: task.item, key, seconds });
    await next();
  });
}

async function guarded(work) {
  try {
    await work();
  } catch (error) {
    busy = false;
    complain(`${error.message}. Please reload the page.`);
  }
}

function listen() {
  part("agree").addEventListener("change", () => { part("begin").disabled = !part("agree").checked; });
  part("begin").addEventListener("click", () => guarded(async () => {
    await ask("api/consent", {});
    await next();
  }));
  part("withdraw").addEventListener("click", () => guarded(async () => {
    if (!confirm("Delete all your answers and stop?")) return;
    await ask("api/withdraw", {});
    location.reload();
  }));
  for (const button of buttons) button.addEventListener("click", () => answer(Number(button.dataset.key)));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || part("task").hidden) return;
    if (["0", "1", "2"].includes(event.key)) answer(Number(event.key));
    if (event.key === " " && unseen().length > 0) {
      event.preventDefault();
      for (const frame of unseen()) reveal(frame);
    }
  });
}

guarded(async () => {
  const study = await askUntilHeard("api/study");
  document.title = study.title;
  part("title").textContent = study.title;
  part("question").textContent = study.question;
  paragraphs("consent-text", study.consent);
  paragraphs("instructions", study.instructions);
  const [one, two, none] = study.answers;
  for (const button of buttons) {
    button.querySelector("span").textContent = { 1: one, 2: two, 0: none }[button.dataset.key];
  }
  if (study.contact) {
    part("contact").textContent = `Questions: ${study.contact}`;
    show("contact", true);
  }
  listen();
  if (study.consented) await next();
  else section("consent");
});
