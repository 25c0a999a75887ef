import TelephoneCLI

await TelephoneCommand.main()
