// Makes the pages that fsdocs wrote work from any folder and without a network, then checks every link in them.
// Run by build/docs.sh: dotnet fsi build/site.fsx REPOSITORY SITE
open System
open System.IO
open System.Text.Json.Nodes
open System.Text.RegularExpressions

let repository, site =
    match fsi.CommandLineArgs with
    | [| _; repository; site |] -> Path.GetFullPath repository, Path.GetFullPath site
    | _ -> failwith "usage: dotnet fsi build/site.fsx REPOSITORY SITE"

let files pattern =
    Directory.GetFiles(site, pattern, SearchOption.AllDirectories) |> Array.sort

let relative (path: string) =
    Path.GetRelativePath(site, path).Replace('\\', '/')

let replace (pattern: string) (change: Match -> string) (text: string) = Regex.Replace(text, pattern, change)

// what fsdocs copies beside the pages: settings with addresses of feeds, scripts that load others from third parties, and
// the pages once more as Markdown, whose links are those of the repository
for pattern in
    [
        "NuGet.config"
        "llms*.txt"
        "*.md"
        "_template.*"
        "github-pages-settings.png"
    ] do
    files pattern |> Array.iter File.Delete

for script in [ "fsdocs-search.js"; "fsdocs-theme-toggle.js"; "fsdocs-details-toggle.js" ] do
    File.Delete(Path.Combine(site, "content", script))

File.Copy(Path.Combine(repository, "build", "icon.png"), Path.Combine(site, "icon.png"), true)

/// What docs.sh gives fsdocs as the root of all addresses, for it knows no other than absolute ones.
let root = "/SITE/"

/// How a page reaches the root from its own folder.
let upwards (page: string) =
    match relative page |> Seq.filter ((=) '/') |> Seq.length with
    | 0 -> "./"
    | depth -> String.replicate depth "../"

/// A heading's anchor, as repository viewers make it of the heading's text.
let slug (heading: string) =
    (heading |> replace "<[^>]*>" (fun _ -> "") |> Net.WebUtility.HtmlDecode).Trim().ToLowerInvariant()
    |> replace @"[^\p{L}\p{N}\- _]" (fun _ -> "")
    |> fun text -> text.Replace(' ', '-')

/// The anchors of fsdocs keep capitals and lose code: links that work in a repository viewer would not work here.
let withSlugs (html: string) =
    let anchors =
        Regex.Matches(html, """<a name="([^"]+)" class="anchor" href="#\1">(.*?)</a>""", RegexOptions.Singleline)
        |> Seq.map (fun heading -> heading.Groups[1].Value, slug heading.Groups[2].Value)
        |> Seq.distinctBy fst
        |> dict

    let anchor (name: string) =
        match anchors.TryGetValue name with
        | true, slug -> slug
        | _ -> name

    html
    |> replace "(<a (?:name=\"[^\"]+\" )?class=\"anchor\" href=\"#|href=\"#)([^\"]+)\"" (fun link ->
        $"{link.Groups[1].Value}{anchor link.Groups[2].Value}\"")
    |> replace "<a name=\"([^\"]+)\" class=\"anchor\"" (fun link ->
        $"<a id=\"{anchor link.Groups[1].Value}\" class=\"anchor\"")

let targets (html: string) =
    Regex.Matches(html, """(?<=\s)(?:href|src)="([^"]*)["]""") |> Seq.map _.Groups[1].Value

/// A file of the repository that a page names is copied as text, for the site names no host; of a folder only the word stays.
let withSources (page: string) (html: string) =
    let folder = Path.GetDirectoryName(Path.Combine(repository, "docs", relative page))

    html
    |> replace """<a href="(\.\./[^"#]*)(#[^"]*)?">(.*?)</a>""" (fun link ->
        let path = Path.GetFullPath(Path.Combine(folder, link.Groups[1].Value))
        let name = Path.GetRelativePath(repository, path).Replace('\\', '/')

        if name.StartsWith "docs/" then
            link.Value
        elif Directory.Exists path then
            link.Groups[3].Value
        elif File.Exists path then
            let copy = Path.Combine(site, "source", name + ".txt")
            Directory.CreateDirectory(Path.GetDirectoryName copy) |> ignore
            File.Copy(path, copy, true)
            $"<a href=\"{upwards page}source/{name}.txt\">{link.Groups[3].Value}</a>"
        else
            link.Value)

/// fsdocs takes every type that is not ours for one of .NET, and links it to a page that does not exist.
let withoutInventedPages (html: string) =
    html
    |> replace
        """<a href="https://learn\.microsoft\.com/dotnet/api/(?:fscheck|microsoft\.ml|google)[^"]*">(.*?)</a>"""
        (fun link -> link.Groups[1].Value)

/// fsdocs turns links to other pages into links to their HTML, but not where an anchor follows.
let withPages (html: string) =
    html
    |> replace """href="([^":]+)\.md(#[^"]*)["]""" (fun link ->
        $"href=\"{link.Groups[1].Value}.html{link.Groups[2].Value}\"")

/// Icons are drawn by a script of a third party; those that are used show the type of what is copied.
let withoutIcons (html: string) =
    html
    |> replace """<iconify-icon icon="(?:bi:filetype-)?([^"]*)"[^>]*>\s*</iconify-icon>""" _.Groups[1].Value

for page in files "*.html" do
    let reference = (relative page).StartsWith "reference/"
    let html = File.ReadAllText page

    (if reference then
         html
     else
         html |> withSlugs |> withSources page |> withPages)
    |> withoutInventedPages
    |> withoutIcons
    |> _.Replace(root, upwards page)
    |> fun text -> File.WriteAllText(page, text)

// what the search reads: fsdocs writes its entries, and the members of a union in one, in another order each time
let index = Path.Combine(site, "index.json")

let ordered (texts: string seq) =
    texts |> Seq.sortWith (fun one other -> String.CompareOrdinal(one, other))

let searched (entry: JsonNode) =
    if string entry["type"] = "apiDocs" then
        let lines = (string entry["content"]).Split '\n' |> Seq.map _.Trim() |> ordered
        entry["content"] <- JsonValue.Create(String.Join('\n', lines))

    entry.ToJsonString()

let entries =
    JsonNode.Parse(File.ReadAllText(index).Replace(root, "")).AsArray() |> Seq.map searched |> ordered

File.WriteAllText(index, $"[{String.Join(',', entries)}]")

let faults = ResizeArray<string>()
let pages = files "*.html"
let htmlOf = pages |> Seq.map (fun page -> page, File.ReadAllText page) |> dict

let anchorsOf =
    htmlOf
    |> Seq.map (fun page ->
        page.Key,
        Regex.Matches(page.Value, "(?<=\\s)(?:id|name)=\"([^\"]+)\"")
        |> Seq.map (fun anchor -> Net.WebUtility.HtmlDecode anchor.Groups[1].Value)
        |> set)
    |> dict

let check (page: string) (target: string) =
    let told text =
        faults.Add $"{relative page}: {target}: {text}"

    let target = Net.WebUtility.HtmlDecode target

    match Uri.TryCreate(target, UriKind.Absolute) with
    | true, address when address.Scheme <> "file" ->
        if address.Scheme <> "https" || address.Host = "" then
            told "not an address that begins with https"
    | _ ->
        let path, anchor =
            match target.IndexOf '#' with
            | -1 -> target, ""
            | at -> target[.. at - 1], Uri.UnescapeDataString target[at + 1 ..]

        let file =
            if path = "" then
                page
            else
                Path.GetFullPath(Path.Combine(Path.GetDirectoryName page, Uri.UnescapeDataString path))

        if target = "" || path.StartsWith '/' then
            told "leads nowhere"
        elif not (File.Exists file) then
            told "there is no such file"
        elif anchor <> "" && not (anchorsOf.ContainsKey file && anchorsOf[file].Contains anchor) then
            told "there is no such anchor"

for page in htmlOf do
    targets page.Value |> Seq.distinct |> Seq.iter (check page.Key)

    if page.Value.Contains "{{" || page.Value.Contains root then
        faults.Add $"{relative page.Key}: something that fsdocs should have filled in is left"

    for fetched in
        Regex.Matches(page.Value, """<(?:script|link|img|iframe)\s[^>]*(?:src|href)="(?:https?:)?//[^"]*["]""") do
        faults.Add $"{relative page.Key}: {fetched.Value}: the page fetches from elsewhere"

for file in Array.append (files "*.js") (files "*.css") do
    if Regex.IsMatch(File.ReadAllText file, """(?:from|import|url\()\s*["'(]?https?:""") then
        faults.Add $"{relative file}: loads from elsewhere"

faults |> Seq.iter (eprintfn "%s")
printfn $"{pages.Length} pages, {htmlOf.Values |> Seq.sumBy (targets >> Seq.length)} links, {faults.Count} faults"
exit (if faults.Count = 0 then 0 else 1)
