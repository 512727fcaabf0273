using Helpdesk.Functions.Hosting;
using Microsoft.Azure.Functions.Worker;
using Moq;

namespace Helpdesk.Functions.Tests.Hosting;

/// <summary>What every HTTP function goes through before it runs.</summary>
public sealed class KeyAuthenticationTests(DeskFixture fixture)
{
    /// <summary>A function that says neither [RequiresKey] nor [Public] is not in the app, and must not become one by being forgotten.</summary>
    [Fact]
    public async Task A_function_that_says_nothing_is_closed_even_to_a_good_key()
    {
        var definition = new Mock<FunctionDefinition>();
        definition.SetupGet(function => function.EntryPoint).Returns("Helpdesk.Functions.Forgotten.Run");
        var http = new DefaultHttpContext();
        http.Request.Headers.Authorization = $"Bearer {DeskFixture.AdminKey}";
        var features = new Mock<IInvocationFeatures>();
        var context = new Mock<FunctionContext>();
        context.SetupGet(it => it.FunctionDefinition).Returns(definition.Object);
        context.SetupProperty(it => it.Items, new Dictionary<object, object> { ["HttpRequestContext"] = http });
        context.SetupGet(it => it.Features).Returns(features.Object);
        var ran = false;
        // The result has no seat in a mocked context, so what shows the refusal is that the function did not run.
        await Record.ExceptionAsync(() =>
            new KeyAuthentication([new KeyCallers((_, _) => throw new InvalidOperationException("Nobody is asked who holds the key."))]).Invoke(
                context.Object,
                _ =>
                {
                    ran = true;
                    return Task.CompletedTask;
                }
            )
        );
        Assert.False(ran);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Bearer")]
    [InlineData("Bearer nobody")]
    [InlineData("Basic dXNlcjpwYXNz")]
    public async Task Without_a_valid_key_the_answer_says_how_to_send_one(string authorization)
    {
        using var http = new HttpClient { BaseAddress = fixture.App.Address };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/tickets");
        request.Headers.TryAddWithoutValidation("Authorization", authorization);
        using var answer = await http.SendAsync(request);
        Assert.Equal((401, "Bearer"), ((int)answer.StatusCode, answer.Headers.WwwAuthenticate.Single().Scheme));
        Assert.Contains("\"code\":\"unauthorized\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
