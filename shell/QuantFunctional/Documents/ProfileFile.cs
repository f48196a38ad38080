using QuantFunctional.Documents.Json;
using QuantFunctional.Formats;

namespace QuantFunctional.Documents;

/// <summary>Writes and reads a target's profile as JSON, so that anybody can plan for a target of their own.</summary>
public static class ProfileFile
{
    /// <summary>Writes a profile: UTF-8, the same bytes for the same profile.</summary>
    /// <exception cref="QuantException">The profile contradicts itself, or the file cannot be written.</exception>
    public static void Write(string path, BackendProfile profile, bool overwrite = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(profile);
        var json = ToJson(path, profile);
        AtomicFile.Write(path, stream => DocumentJson.Write(stream, json), overwrite);
    }

    /// <summary>Writes a profile.</summary>
    /// <param name="stream">Where to; it stays open.</param>
    /// <param name="profile">The profile.</param>
    /// <exception cref="QuantException">The profile contradicts itself.</exception>
    public static void Write(Stream stream, BackendProfile profile)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(profile);
        DocumentJson.Write(stream, ToJson("the profile", profile));
    }

    /// <summary>Reads a profile.</summary>
    /// <exception cref="QuantException">
    /// The file is missing or not JSON, is of another format or version, has a field that is not known, lacks one, or
    /// the profile contradicts itself; the message names file, field and remedy.
    /// </exception>
    public static BackendProfile Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var json = DocumentJson.Read<ProfileFileJson>(path, ProfileFileJson.FormatName, ProfileFileJson.CurrentVersion);
        return ProfileMapping.ToProfile(json.Profile, new Place(path).At("profile"));
    }

    private static ProfileFileJson ToJson(string where, BackendProfile profile)
    {
        FSharp.ProfileRules.check(profile).OpenOrThrow(where);
        return new ProfileFileJson
        {
            Format = ProfileFileJson.FormatName,
            Version = ProfileFileJson.CurrentVersion,
            Profile = ProfileMapping.ToJson(profile),
        };
    }
}
