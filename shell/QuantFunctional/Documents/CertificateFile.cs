using QuantFunctional.Documents.Json;
using QuantFunctional.Formats;

namespace QuantFunctional.Documents;

/// <summary>Writes and reads certificates as JSON; what is null is left out.</summary>
public static class CertificateFile
{
    /// <summary>Writes a certificate: UTF-8, the same bytes for the same plans.</summary>
    /// <exception cref="QuantException">The file cannot be written there; nothing was written then.</exception>
    public static void Write(string path, CertificateReport certificate, bool overwrite = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(certificate);
        AtomicFile.Write(path, stream => DocumentJson.Write(stream, certificate), overwrite);
    }

    /// <summary>Writes a certificate.</summary>
    /// <param name="stream">Where to; it stays open.</param>
    /// <param name="certificate">What to write.</param>
    public static void Write(Stream stream, CertificateReport certificate)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(certificate);
        DocumentJson.Write(stream, certificate);
    }

    /// <summary>Reads a certificate. That it is well formed is all that this says of it.</summary>
    /// <exception cref="QuantException">
    /// The file is missing or not JSON, is of another format or version, has a field that is not known, or lacks one; the
    /// message names file, field and remedy.
    /// </exception>
    public static CertificateReport Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return DocumentJson.Read<CertificateReport>(path, CertificateReport.FormatName, CertificateReport.CurrentVersion);
    }
}
