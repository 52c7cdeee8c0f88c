import java.io.FileInputStream;
import java.util.logging.Level;
import java.util.logging.LogManager;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** Judges files against PDF/A-2b: one line for each, and one for each rule that is broken. */
public class VeraPdf {
    public static void main(String[] files) throws Exception {
        LogManager.getLogManager().getLogger("").setLevel(Level.OFF);
        VeraGreenfieldFoundryProvider.initialise();
        for (String file : files) {
            try (PDFAParser parser = Foundries.defaultInstance()
                    .createParser(new FileInputStream(file), PDFAFlavour.PDFA_2_B)) {
                PDFAValidator validator = Foundries.defaultInstance().createValidator(PDFAFlavour.PDFA_2_B, false);
                ValidationResult result = validator.validate(parser);
                System.out.println((result.isCompliant() ? "compliant " : "not compliant ") + file);
                for (TestAssertion broken : result.getTestAssertions()) {
                    System.out.println("  " + broken.getRuleId() + " " + broken.getMessage());
                }
            }
        }
    }
}
