// The search and the theme button that fsdocs brings load their code from third parties; these need nobody.
const root = document.documentElement.getAttribute("data-root");
const button = document.querySelector("#search-btn");
const dialog = document.querySelector("dialog");
const box = dialog.querySelector("input");
const list = dialog.querySelector("ul");
const empty = dialog.querySelector(".empty");

// titles before text, shorter titles first
function found(index, words) {
    const rank = ({ title, content }) => {
        const [inTitle, inText] = [title.toLowerCase(), content.toLowerCase()];
        if (words.every(word => inTitle.includes(word))) return title.length;
        return words.every(word => inTitle.includes(word) || inText.includes(word)) ? 1000 + title.length : Infinity;
    };
    return index.map(item => ({ item, rank: rank(item) })).filter(hit => hit.rank < Infinity)
        .sort((a, b) => a.rank - b.rank).slice(0, 20).map(hit => hit.item);
}

function show(items) {
    empty.style.display = items.length ? "none" : "block";
    empty.textContent = box.value ? "Nothing was found." : "Type something to start searching.";
    list.replaceChildren(...items.map(item => {
        const [entry, link] = [document.createElement("li"), document.createElement("a")];
        link.href = root + item.uri;
        link.textContent = item.title;
        entry.append(link);
        return entry;
    }));
}

// pages that are opened as files may not read others
fetch(`${root}index.json`).then(answer => answer.json()).then(index => {
    box.addEventListener("input", () => {
        const words = box.value.toLowerCase().split(/\s+/).filter(word => word.length > 1);
        show(words.length ? found(index, words) : []);
    });
    button.addEventListener("click", () => { dialog.showModal(); box.focus(); });
    dialog.addEventListener("click", event => { if (event.target === dialog) dialog.close(); });
}).catch(() => { button.style.display = "none"; });

document.querySelector("#theme-btn").addEventListener("click", () => {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    const now = (localStorage.getItem("theme") ?? dark) === "dark" ? "light" : "dark";
    localStorage.setItem("theme", now);
    document.documentElement.setAttribute("data-theme", now);
});
