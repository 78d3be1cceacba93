// Light or dark before anything is drawn: what was chosen here, otherwise as the system has it.
const kept = localStorage.getItem("fediflow.explorer.theme");
if (kept) document.documentElement.dataset.theme = kept;
