using Helpdesk.Functions.Storage;
using Microsoft.Extensions.Time.Testing;

namespace Helpdesk.Functions.Tests.Hosting;

public sealed class ShortMemoryTests
{
    private readonly FakeTimeProvider _time = new();
    private int _reads;

    [Fact]
    public async Task A_value_is_read_once_until_its_time_is_over_or_it_is_forgotten()
    {
        var memory = new ShortMemory<string>(_time, TimeSpan.FromSeconds(5));
        Assert.Equal("1", await memory.GetAsync("a", ReadAsync));
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal("1", await memory.GetAsync("a", ReadAsync));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("2", await memory.GetAsync("a", ReadAsync));
        memory.Forget("b");
        Assert.Equal("2", await memory.GetAsync("a", ReadAsync));
        memory.Forget("a");
        Assert.Equal("3", await memory.GetAsync("a", ReadAsync));
        memory.Forget();
        Assert.Equal("4", await memory.GetAsync("a", ReadAsync));
    }

    [Fact]
    public async Task What_is_changed_while_it_is_read_is_read_again()
    {
        var memory = new ShortMemory<string>(_time, TimeSpan.FromSeconds(5));
        foreach (var forget in new Action[] { () => memory.Forget("a"), memory.Forget })
        {
            await memory.GetAsync(
                "a",
                () =>
                {
                    forget();
                    return ReadAsync();
                }
            );
            Assert.False(memory.Knows("a"));
        }

        Assert.Equal("3", await memory.GetAsync("a", ReadAsync));
    }

    private Task<string?> ReadAsync() => Task.FromResult<string?>($"{++_reads}");
}
