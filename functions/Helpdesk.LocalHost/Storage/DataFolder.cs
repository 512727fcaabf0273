using System.Security.Cryptography;

namespace Helpdesk.LocalHost.Storage;

/// <summary>The folder that keeps what must outlive a run. One run has it at a time.</summary>
public sealed class DataFolder : IDisposable
{
    private readonly FileStream _lock;

    private DataFolder(string path, FileStream held) => (Path, _lock) = (path, held);

    public string Path { get; }

    /// <summary>Takes the folder; says what to do when that is not possible.</summary>
    public static DataFolder Open(string path)
    {
        try
        {
            System.IO.Directory.CreateDirectory(path);
            return new(path, new FileStream(System.IO.Path.Combine(path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException) when (System.IO.Directory.Exists(path))
        {
            throw new LocalHostException($"The data folder {path} is in use by another run: stop that one, or choose another folder with --data.");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new LocalHostException($"The data folder {path} cannot be used ({problem.Message}): choose another one with --data.", problem);
        }
    }

    /// <summary>The key of the Durable extension's own addresses: made once, and the same for every run, so that addresses given out stay good.</summary>
    public string WebHookKey()
    {
        var file = System.IO.Path.Combine(Path, "webhook-key");
        if (File.Exists(file) && File.ReadAllText(file) is { Length: > 0 } kept)
            return kept;
        var key = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20));
        File.WriteAllText(file, key);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return key;
    }

    public void Dispose() => _lock.Dispose();
}
