using System.Text;
using Helpdesk.Attachments;

namespace Helpdesk.Tests.Attachments;

public sealed class AttachmentRulesTests
{
    [Theory]
    [InlineData("photo.heic")]
    [InlineData("clip.MOV")]
    [InlineData("mail.msg")]
    [InlineData("letter.doc")]
    [InlineData("macro.xlsm")]
    [InlineData("trace.har")]
    [InlineData("archive.tar.gz")]
    [InlineData("exe")]
    [InlineData("no ending")]
    [InlineData("setup.exe.pdf")]
    public void What_people_send_may_be_attached(string name) => Assert.False(AttachmentRules.IsProgram(name));

    [Theory]
    [InlineData("run.exe")]
    [InlineData("RUN.EXE")]
    [InlineData("invoice.pdf.exe")]
    [InlineData("run.exe. . ")]
    [InlineData("page.html")]
    [InlineData("picture.svg")]
    [InlineData("script.js")]
    [InlineData("app.hta")]
    [InlineData("link.lnk")]
    [InlineData("install.ps1")]
    [InlineData(".bat")]
    [InlineData("disk.iso")]
    public void Programs_and_scripts_may_not(string name) => Assert.True(AttachmentRules.IsProgram(name));

    [Fact]
    public void A_program_is_known_by_its_bytes_whatever_it_is_called()
    {
        var windows = new byte[0x100];
        "MZ"u8.CopyTo(windows);
        windows[0x3C] = 0x80;
        "PE\0\0"u8.CopyTo(windows.AsSpan(0x80));
        Assert.True(AttachmentRules.IsProgram(windows));
        Assert.True(AttachmentRules.IsProgram([0x7F, (byte)'E', (byte)'L', (byte)'F', 2]));
        Assert.True(AttachmentRules.IsProgram("#!/bin/sh\nrm -rf ~"u8));
        Assert.True(AttachmentRules.IsProgram([0xCF, 0xFA, 0xED, 0xFE, 7, 0]));
    }

    [Fact]
    public void Words_that_begin_like_a_program_are_none()
    {
        Assert.False(AttachmentRules.IsProgram(""u8));
        Assert.False(AttachmentRules.IsProgram("MZ"u8));
        Assert.False(
            AttachmentRules.IsProgram(Encoding.UTF8.GetBytes("MZ is the beginning of a text that goes on for a while, longer than a header would be."))
        );
        Assert.False(AttachmentRules.IsProgram("#! is said at the beginning"u8));
        Assert.False(AttachmentRules.IsProgram([0x89, (byte)'P', (byte)'N', (byte)'G']));
    }
}
