using Microsoft.Data.Sqlite;
using Predictive.Cli.Terminal;

namespace Predictive.Cli.Tests;

/// <summary>
/// A store that cannot be used when a worker starts: one line that says what to do, exit code 1, nothing changed. (A host answers scores
/// without its store, and tells of it in its log.)
/// </summary>
public sealed class StoreFaultTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-store-").FullName;

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("damaged", "The store is damaged, or is no store. Restore it")]
    [InlineData("under a file", "its folder cannot be written")]
    [InlineData("a folder", "cannot be")]
    [InlineData("read-only", "cannot be")]
    [InlineData("a server that is gone", "database server cannot be reached")]
    [InlineData("no connection string", "The connection string of the store cannot be read")]
    public async Task Is_told_in_one_line(string what, string told)
    {
        string store = Path.Combine(_folder, "store.db");
        switch (what)
        {
            case "damaged":
                await File.WriteAllBytesAsync(store, [.. Enumerable.Range(0, 9000).Select(i => (byte)(i * 7))]);
                break;
            case "under a file":
                await File.WriteAllTextAsync(store, "");
                store = Path.Combine(store, "store.db");
                break;
            case "a folder":
                Directory.CreateDirectory(store);
                break;
            case "read-only":
                // Not by rights, which do not bind a superuser: a file system that takes no new file from anybody.
                Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /proc, which only Linux has");
                store = "/proc/store.db";
                break;
            default:
                store = what == "no connection string" ? "Host=127.0.0.1;Nonsense=x" : "Host=127.0.0.1;Port=1;Password=secret;Timeout=2";
                break;
        }

        byte[]? before = File.Exists(store) ? await File.ReadAllBytesAsync(store) : null;
        string models = Path.Combine(_folder, "models");
        foreach (string[] verb in new string[][] { ["worker", "--once"], ["worker"] })
        {
            (int code, string output, string error) = await Run.Predictive([.. verb, "--models", models, "--store", store]);
            Assert.True(code == ExitCode.Failed, $"{string.Join(' ', verb)}: exit code {code}; {error}");
            Assert.Equal("", output);
            string line = Assert.Single(error.Split(Environment.NewLine), l => l.StartsWith("error: ", StringComparison.Ordinal));
            Assert.Contains(told, line, StringComparison.Ordinal);
            Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        }

        if (before is not null)
        {
            Assert.Equal(before, await File.ReadAllBytesAsync(store));
        }
    }

    [Fact]
    public async Task One_that_another_process_holds_is_told_and_not_changed()
    {
        string store = Path.Combine(_folder, "store.db");
        using (var other = new SqliteConnection($"Data Source={store};Pooling=false"))
        {
            other.Open();
            using SqliteCommand hold = other.CreateCommand();
            hold.CommandText = "PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE held (x);";
            hold.ExecuteNonQuery();
            (int code, _, string error) =
                await Run.Predictive("worker", "--once", "--models", Path.Combine(_folder, "models"), "--store", store);
            Assert.Equal(ExitCode.Failed, code);
            Assert.Contains("The store is held by another process for too long.", error, StringComparison.Ordinal);
        }
    }
}
